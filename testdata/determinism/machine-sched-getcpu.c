// source: the processor that runs the program, by sched_getcpu of the C library
// state: open: the kernel writes it into the thread's own memory (rseq)
// needs: two processors
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

int main(void) { printf("%d\n", sched_getcpu()); }
