// source: the processor that runs the program, by getcpu
// state: held
// needs: two processors
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	unsigned cpu, node;
	if (syscall(SYS_getcpu, &cpu, &node, 0)) return 1;
	printf("%u %u\n", cpu, node);
}
