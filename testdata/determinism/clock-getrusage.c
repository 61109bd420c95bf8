// source: getrusage: processor time, faults, switches
// state: open: how long the processor took is measured, not told
#include <stdio.h>
#include <sys/resource.h>

int main(void) {
	for (volatile int i = 0; i < 3000000; i++)
		;
	struct rusage u;
	if (getrusage(RUSAGE_SELF, &u)) return 1;
	printf("%ld %ld %ld %ld %ld\n", (long)u.ru_utime.tv_usec, (long)u.ru_stime.tv_usec, u.ru_minflt, u.ru_nvcsw, u.ru_nivcsw);
}
