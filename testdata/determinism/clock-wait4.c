// source: the processor time of a child, by wait4
// state: open: how long the processor took is measured, not told
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	pid_t child = fork();
	if (child == 0) {
		for (volatile int i = 0; i < 3000000; i++)
			;
		_exit(0);
	}
	struct rusage u;
	int status;
	if (wait4(child, &status, 0, &u) != child || status) return 1;
	printf("%ld %ld\n", (long)u.ru_utime.tv_usec, (long)u.ru_stime.tv_usec);
}
