// source: CLOCK_REALTIME_ALARM
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// A machine without a real-time clock device refuses this clock; then the
// ordinary one is shown beside, so that there is something to compare.
int main(void) {
	struct timespec t, also;
	if (clock_gettime(CLOCK_REALTIME, &also)) return 1;
	if (syscall(SYS_clock_gettime, CLOCK_REALTIME_ALARM, &t)) {
		if (errno != EINVAL && errno != ENOTSUP) return 2;
		t = also;
	}
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
