// source: futex_wait and futex_waitv with CLOCK_REALTIME; 0.2 s ahead must be about 0.2 s
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// include/uapi/linux/futex.h and the tables of system calls, of Linux 6.7.
#define NR_FUTEX_WAITV 449
#define NR_FUTEX_WAIT 455
#define FUTEX2_SIZE_U32 2
#define FUTEX2_PRIVATE 128

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int waited(long got, double start) {
	if (got == -1 && errno == ENOSYS) return 1; // an older kernel, or refused: the program takes another way
	double took = monotonic() - start;
	return got == -1 && errno == ETIMEDOUT && took >= 0.15 && took < 20;
}

int main(void) {
	struct timespec end;
	uint32_t word = 0;
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} waiter = {0, (uintptr_t)&word, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE, 0};
	for (int i = 0; i < 2; i++) {
		double start = monotonic();
		if (clock_gettime(CLOCK_REALTIME, &end)) return 1;
		if (!i) printf("%lld.%09ld\n", (long long)end.tv_sec, end.tv_nsec);
		end.tv_nsec += 200000000;
		if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
		long got = i ? syscall(NR_FUTEX_WAITV, &waiter, 1, 0, &end, CLOCK_REALTIME) : syscall(NR_FUTEX_WAIT, &word, 0UL, ~0U, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE, &end, CLOCK_REALTIME);
		if (!waited(got, start)) return 2 + i;
	}
}
