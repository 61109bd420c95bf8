// source: the wall clock after sleeps of 1 to 10 ms, in the process and in a child, and in a thread that never asks
// state: held
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void show(const char *when) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	printf("%s: %lld.%09ld\n", when, (long long)now.tv_sec, now.tv_nsec);
}

// Naps until it is told to stop, so how often is chance.
static volatile int stop;
static void *idle(void *nothing) {
	while (!stop)
		usleep(1500);
	return nothing;
}

int main(void) {
	pthread_t thread;
	show("before");
	if (pthread_create(&thread, NULL, idle, NULL))
		return 1;
	for (int i = 0; i < 20; i++)
		usleep(5000);
	show("after 20 of 5 ms");
	if (fork() == 0) {
		usleep(7000);
		_exit(0);
	}
	wait(NULL);
	show("after a child's of 7 ms");
	stop = 1;
	pthread_join(thread, NULL);
	show("after the thread's");
	return 0;
}
