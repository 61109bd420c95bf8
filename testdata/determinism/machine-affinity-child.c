// source: sched_getaffinity of a thread and of the parent
// state: held
// needs: two processors
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(pid_t of) {
	cpu_set_t set;
	CPU_ZERO(&set);
	if (sched_getaffinity(of, sizeof set, &set)) dprintf(1, "error\n");
	dprintf(1, "%lx\n", ((unsigned long *)&set)[0]);
}

static void *thread(void *unused) {
	show(0);
	return unused;
}

int main(void) {
	pthread_t t;
	int status;
	if (pthread_create(&t, 0, thread, 0) || pthread_join(t, 0)) return 1;
	pid_t child = fork();
	if (child == 0) {
		show(getppid());
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status;
}
