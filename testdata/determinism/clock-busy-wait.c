// source: a loop that waits until the wall clock has gone on by 20 ms; it must end
// state: held
#include <stdio.h>
#include <time.h>

static long long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void) {
	long long start = now(), end;
	while ((end = now()) < start + 20000000)
		;
	printf("%lld %lld\n", start, end);
}
