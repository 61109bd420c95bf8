// source: the order in which four threads take turns
// state: open: the kernel chooses who runs
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int next;
static unsigned char order[400000];

static void *take(void *who) {
	for (int i = 0; i < 100000; i++) {
		for (volatile int spin = 0; spin < 100; spin++)
			;
		order[atomic_fetch_add(&next, 1)] = (unsigned char)(size_t)who;
	}
	return 0;
}

int main(void) {
	pthread_t threads[4];
	for (size_t i = 0; i < 4; i++)
		if (pthread_create(&threads[i], 0, take, (void *)i)) return 1;
	for (int i = 0; i < 4; i++)
		if (pthread_join(threads[i], 0)) return 2;
	unsigned long long hash = 14695981039346656037u;
	for (int i = 0; i < 400000; i++) hash = (hash ^ order[i]) * 1099511628211u;
	printf("%016llx\n", hash);
}
