// source: the time in what clock_adjtime reports
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/timex.h>
#include <time.h>

int main(void) {
	struct timex t = {0};
	if (clock_adjtime(CLOCK_REALTIME, &t) < 0) {
		printf("error %d\n", errno);
		return 0;
	}
	printf("%lld.%06ld\n", (long long)t.time.tv_sec, (long)t.time.tv_usec);
}
