// source: CLOCK_MONOTONIC_COARSE
// state: open: clocks that only measure run, for time-outs and benchmarks
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
