// source: time by a system call of its own
// state: held
// needs: x86-64
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) { printf("%ld\n", syscall(SYS_time, 0)); }
