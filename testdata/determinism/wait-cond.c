// source: pthread_cond_timedwait on CLOCK_REALTIME; 0.2 s ahead must be about 0.2 s
// state: held
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec end;
	double start = monotonic();
	if (clock_gettime(CLOCK_REALTIME, &end)) return 1;
	printf("%lld.%09ld\n", (long long)end.tv_sec, end.tv_nsec);
	end.tv_nsec += 200000000;
	if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
	pthread_mutex_lock(&mutex);
	if (pthread_cond_timedwait(&cond, &mutex, &end) != ETIMEDOUT) return 2;
	double took = monotonic() - start;
	return took < 0.15 || took > 20 ? 3 : 0;
}
