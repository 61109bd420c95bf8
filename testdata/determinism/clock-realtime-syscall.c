// source: CLOCK_REALTIME, asked by a system call of its own
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void) {
	struct timespec t;
	if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
