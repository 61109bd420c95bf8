// source: the processor clock of another process
// state: open: how long the processor took is measured, not told
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
	for (volatile int i = 0; i < 100000; i++)
		;
	pid_t child = fork();
	if (child == 0) {
		clockid_t id;
		struct timespec t;
		if (clock_getcpuclockid(getppid(), &id) || clock_gettime(id, &t)) _exit(1);
		dprintf(1, "%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
		_exit(0);
	}
	int status;
	return waitpid(child, &status, 0) != child || status;
}
