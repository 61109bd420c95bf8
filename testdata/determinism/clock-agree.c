// source: time, gettimeofday and clock_gettime one after another; none may be behind the one before
// state: held
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
	struct timespec a, c;
	struct timeval b;
	if (clock_gettime(CLOCK_REALTIME, &a) || gettimeofday(&b, 0) || clock_gettime(CLOCK_REALTIME, &c)) return 1;
	time_t d = time(0);
	printf("%lld.%06ld %lld.%06ld %lld %lld\n", (long long)a.tv_sec, a.tv_nsec / 1000, (long long)b.tv_sec, (long)b.tv_usec, (long long)c.tv_sec, (long long)d);
	long long first = a.tv_sec * 1000000LL + a.tv_nsec / 1000, second = b.tv_sec * 1000000LL + b.tv_usec;
	// The kernel's time() may be a tick behind.
	return second < first || c.tv_sec < b.tv_sec || d < c.tv_sec - 1;
}
