// source: the wall clock as two threads see it, one after the other has ended
// state: held
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static void *show(void *name) {
	struct timespec t;
	if (clock_gettime(CLOCK_REALTIME, &t)) return "";
	printf("%s %lld.%09ld\n", (char *)name, (long long)t.tv_sec, t.tv_nsec);
	return 0;
}

int main(void) {
	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		void *failed;
		if (pthread_create(&thread, 0, show, i ? "second" : "first") || pthread_join(thread, &failed) || failed) return 1;
	}
}
