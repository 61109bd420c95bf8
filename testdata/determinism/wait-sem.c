// source: sem_timedwait; 0.2 s ahead must be about 0.2 s
// state: held
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	sem_t sem;
	struct timespec end;
	double start = monotonic();
	if (sem_init(&sem, 0, 0) || clock_gettime(CLOCK_REALTIME, &end)) return 1;
	printf("%lld.%09ld\n", (long long)end.tv_sec, end.tv_nsec);
	end.tv_nsec += 200000000;
	if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
	if (sem_timedwait(&sem, &end) != -1 || errno != ETIMEDOUT) return 2;
	double took = monotonic() - start;
	return took < 0.15 || took > 20 ? 3 : 0;
}
