// source: CLOCK_PROCESS_CPUTIME_ID
// state: open: how long the processor took is measured, not told
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec t;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
