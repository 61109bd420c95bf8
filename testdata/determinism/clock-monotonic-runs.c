// source: the wall clock beside CLOCK_MONOTONIC, which must run over a sleep of 50 ms
// state: held
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec wall, before, after, sleep = {0, 50000000};
	if (clock_gettime(CLOCK_REALTIME, &wall) || clock_gettime(CLOCK_MONOTONIC, &before) || nanosleep(&sleep, 0) || clock_gettime(CLOCK_MONOTONIC, &after)) return 1;
	printf("%lld.%09ld\n", (long long)wall.tv_sec, wall.tv_nsec);
	double ran = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	return ran < 0.05 || ran > 30 ? 2 : 0;
}
