// source: clock_nanosleep to an absolute time of CLOCK_REALTIME; 0.2 s ahead must be about 0.2 s
// state: held
#include <stdio.h>
#include <time.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	struct timespec end, after;
	double start = monotonic();
	if (clock_gettime(CLOCK_REALTIME, &end)) return 1;
	printf("%lld.%09ld\n", (long long)end.tv_sec, end.tv_nsec);
	end.tv_nsec += 200000000;
	if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
	if (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, 0) || clock_gettime(CLOCK_REALTIME, &after)) return 2;
	// Who slept until an instant must see it when he wakes.
	if (after.tv_sec < end.tv_sec || (after.tv_sec == end.tv_sec && after.tv_nsec < end.tv_nsec)) return 3;
	double took = monotonic() - start;
	return took < 0.15 || took > 20 ? 4 : 0;
}
