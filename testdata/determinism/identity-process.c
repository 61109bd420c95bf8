// source: numbers of process, parent, group and session
// state: held
// control: host: a world counts its own, also without the hold
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void) { printf("%d %d %d %d %d\n", getpid(), getppid(), gettid(), getpgrp(), getsid(0)); }
