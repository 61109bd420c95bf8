// source: how much a program can do in 20 ms of CLOCK_MONOTONIC
// state: open: clocks that only measure run, for time-outs and benchmarks
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec start, now;
	unsigned long long n = 0;
	if (clock_gettime(CLOCK_MONOTONIC, &start)) return 1;
	do {
		n++;
		if (clock_gettime(CLOCK_MONOTONIC, &now)) return 1;
	} while ((now.tv_sec - start.tv_sec) * 1000000000LL + now.tv_nsec - start.tv_nsec < 20000000);
	printf("%llu\n", n);
}
