// source: CLOCK_REALTIME_COARSE, by the C library and by a system call
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void) {
	struct timespec a, b;
	if (clock_gettime(CLOCK_REALTIME_COARSE, &a) || syscall(SYS_clock_gettime, CLOCK_REALTIME_COARSE, &b)) return 1;
	printf("%lld.%09ld %lld.%09ld\n", (long long)a.tv_sec, a.tv_nsec, (long long)b.tv_sec, b.tv_nsec);
}
