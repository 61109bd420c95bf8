// source: sched_getaffinity
// state: held
// needs: two processors
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>

int main(void) {
	cpu_set_t set;
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof set, &set)) return 1;
	for (int i = 0; i < 1024; i++)
		if (CPU_ISSET(i, &set)) printf("%d ", i);
	puts("");
}
