// source: the nice value
// state: held
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

int main(void) { printf("%d\n", getpriority(PRIO_PROCESS, 0)); }
