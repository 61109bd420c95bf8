// source: pthread_mutex_timedlock; 0.2 s ahead must be about 0.2 s
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

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *waits(void *deadline) { return pthread_mutex_timedlock(&mutex, deadline) == ETIMEDOUT ? 0 : ""; }

int main(void) {
	struct timespec end;
	pthread_t thread;
	void *failed;
	double start = monotonic();
	if (pthread_mutex_lock(&mutex) || clock_gettime(CLOCK_REALTIME, &end)) return 1;
	printf("%lld.%09ld\n", (long long)end.tv_sec, end.tv_nsec);
	end.tv_nsec += 200000000;
	if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
	if (pthread_create(&thread, 0, waits, &end) || pthread_join(thread, &failed) || failed) return 2;
	double took = monotonic() - start;
	return took < 0.15 || took > 20 ? 3 : 0;
}
