// source: the timer slack
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>
#include <sys/prctl.h>

int main(void) { printf("%d\n", prctl(PR_GET_TIMERSLACK)); }
