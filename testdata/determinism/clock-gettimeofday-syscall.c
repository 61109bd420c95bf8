// source: gettimeofday by a system call of its own
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int main(void) {
	struct timeval t;
	if (syscall(SYS_gettimeofday, &t, 0)) return 1;
	printf("%lld.%06ld\n", (long long)t.tv_sec, (long)t.tv_usec);
}
