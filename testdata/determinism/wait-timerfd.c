// source: timerfd with an absolute time of CLOCK_REALTIME; 0.2 s ahead must be about 0.2 s
// state: held
#include <stdint.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	struct itimerspec at = {0};
	uint64_t times;
	double start = monotonic();
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	if (fd < 0 || clock_gettime(CLOCK_REALTIME, &at.it_value)) return 1;
	printf("%lld.%09ld\n", (long long)at.it_value.tv_sec, at.it_value.tv_nsec);
	at.it_value.tv_nsec += 200000000;
	if (at.it_value.tv_nsec >= 1000000000) at.it_value.tv_sec++, at.it_value.tv_nsec -= 1000000000;
	if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, 0)) return 2;
	if (read(fd, &times, sizeof times) != sizeof times || times != 1) return 3;
	double took = monotonic() - start;
	return took < 0.15 || took > 20 ? 4 : 0;
}
