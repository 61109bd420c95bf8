// source: processors among the attributes of a thread
// state: held
// needs: two processors
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// What a thread is told to be made of: asked by Rust's standard library for each one.
static void *thread(void *unused) {
	pthread_attr_t made;
	cpu_set_t set;
	CPU_ZERO(&set);
	int err = pthread_getattr_np(pthread_self(), &made);
	if (!err) err = pthread_attr_getaffinity_np(&made, sizeof set, &set);
	if (err) {
		fprintf(stderr, "attributes: %s\n", strerror(err));
		exit(1);
	}
	printf("%d\n", CPU_COUNT(&set));
	return unused;
}

int main(void) {
	pthread_t t;
	thread(0);
	if (pthread_create(&t, 0, thread, 0) || pthread_join(t, 0)) return 1;
	for (int size = 8; size <= 256; size *= 2) { // as others ask who do not know how many there are
		unsigned long set[32] = {0};
		long got = syscall(SYS_sched_getaffinity, 0, size, set);
		printf("%d: %ld %lx %s\n", size, got, set[0], got < 0 ? strerror(errno) : "");
	}
}
