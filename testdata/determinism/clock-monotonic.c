// source: CLOCK_MONOTONIC
// state: open: clocks that only measure run, for time-outs and benchmarks
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
