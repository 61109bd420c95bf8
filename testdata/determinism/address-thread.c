// source: the address of a thread's stack, and of what belongs to a thread
// state: held
#include <pthread.h>
#include <stdio.h>

static __thread int own;

static void *show(void *unused) {
	int x;
	printf("%p %p\n", (void *)&x, (void *)&own);
	return unused;
}

int main(void) {
	pthread_t thread;
	return pthread_create(&thread, 0, show, 0) || pthread_join(thread, 0);
}
