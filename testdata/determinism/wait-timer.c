// source: timer_settime with an absolute time of CLOCK_REALTIME; 0.2 s ahead must be about 0.2 s
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	struct itimerspec at = {0};
	struct timespec enough = {20, 0};
	sigset_t set;
	timer_t timer;
	double start = monotonic();
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (sigprocmask(SIG_BLOCK, &set, 0) || timer_create(CLOCK_REALTIME, 0, &timer) || clock_gettime(CLOCK_REALTIME, &at.it_value)) return 1;
	printf("%lld.%09ld\n", (long long)at.it_value.tv_sec, at.it_value.tv_nsec);
	at.it_value.tv_nsec += 200000000;
	if (at.it_value.tv_nsec >= 1000000000) at.it_value.tv_sec++, at.it_value.tv_nsec -= 1000000000;
	if (timer_settime(timer, TIMER_ABSTIME, &at, 0)) return 2;
	if (sigtimedwait(&set, 0, &enough) != SIGALRM) return 3;
	double took = monotonic() - start;
	return took < 0.15 || took > 19 ? 4 : 0;
}
