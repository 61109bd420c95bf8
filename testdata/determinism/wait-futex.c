// source: FUTEX_WAIT_BITSET with FUTEX_CLOCK_REALTIME; 0.2 s ahead must be about 0.2 s
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	struct timespec end;
	int word = 0;
	double start = monotonic();
	if (clock_gettime(CLOCK_REALTIME, &end)) return 1;
	printf("%lld.%09ld\n", (long long)end.tv_sec, end.tv_nsec);
	end.tv_nsec += 200000000;
	if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
	if (syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &end, 0, ~0) != -1 || errno != ETIMEDOUT) return 2;
	double took = monotonic() - start;
	return took < 0.15 || took > 20 ? 3 : 0;
}
