// source: sched_getaffinity after the program has bound itself to what it was told; that must succeed
// state: held
// needs: two processors
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

int main(void) {
	cpu_set_t set, now;
	CPU_ZERO(&set);
	CPU_ZERO(&now);
	if (sched_getaffinity(0, sizeof set, &set) || sched_setaffinity(0, sizeof set, &set) || sched_getaffinity(0, sizeof now, &now)) return 1;
	printf("%lx %lx\n", ((unsigned long *)&set)[0], ((unsigned long *)&now)[0]);
}
