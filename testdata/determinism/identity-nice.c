// source: the nice value
// state: open: an ordinary process may raise it and never lower it
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

int main(void) { printf("%d\n", getpriority(PRIO_PROCESS, 0)); }
