// source: the wall clock beside setitimer of 100 ms, which must fire after as long
// state: held
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
	struct itimerval in = {{0, 0}, {0, 100000}};
	struct timespec wall, before, after;
	sigset_t set;
	int got;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (sigprocmask(SIG_BLOCK, &set, 0) || clock_gettime(CLOCK_REALTIME, &wall) || clock_gettime(CLOCK_MONOTONIC, &before)) return 1;
	printf("%lld.%09ld\n", (long long)wall.tv_sec, wall.tv_nsec);
	if (setitimer(ITIMER_REAL, &in, 0) || sigwait(&set, &got) || clock_gettime(CLOCK_MONOTONIC, &after)) return 2;
	double took = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	return took < 0.09 || took > 20 ? 3 : 0;
}
