// source: CLOCK_REALTIME, asked with rubbish in the upper half of the argument
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The kernel looks at the lower half only.
int main(void) {
	struct timespec t;
	if (syscall(SYS_clock_gettime, 0x5500000000L | CLOCK_REALTIME, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
