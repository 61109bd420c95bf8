// source: the wall clock beside poll, select, sigtimedwait and semtimedop of 50 ms, which must take as long
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <time.h>

static double monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	struct timespec wall, span = {0, 50000000};
	struct timeval also = {0, 50000};
	struct sembuf down = {0, -1, 0};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	int id = semget(IPC_PRIVATE, 1, 0600);
	if (id < 0 || sigprocmask(SIG_BLOCK, &set, 0) || clock_gettime(CLOCK_REALTIME, &wall)) return 1;
	printf("%lld.%09ld\n", (long long)wall.tv_sec, wall.tv_nsec);
	double a = monotonic();
	if (poll(0, 0, 50)) return 2;
	double b = monotonic();
	if (select(0, 0, 0, 0, &also)) return 3;
	double c = monotonic();
	if (sigtimedwait(&set, 0, &span) != -1 || errno != EAGAIN) return 4;
	double d = monotonic();
	if (semtimedop(id, &down, 1, &span) != -1 || errno != EAGAIN) return 5;
	double e = monotonic();
	if (semctl(id, 0, IPC_RMID)) return 6;
	return b - a < 0.05 || c - b < 0.05 || d - c < 0.05 || e - d < 0.05 || e - a > 20 ? 7 : 0;
}
