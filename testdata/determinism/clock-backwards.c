// source: 200,000 questions to the wall clock; it must never go back
// state: held
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec first, last = {0}, t;
	if (clock_gettime(CLOCK_REALTIME, &first)) return 1;
	for (int i = 0; i < 200000; i++) {
		if (clock_gettime(CLOCK_REALTIME, &t)) return 1;
		if (t.tv_sec < last.tv_sec || (t.tv_sec == last.tv_sec && t.tv_nsec < last.tv_nsec)) return 2;
		last = t;
	}
	printf("%lld.%09ld %lld.%09ld\n", (long long)first.tv_sec, first.tv_nsec, (long long)last.tv_sec, last.tv_nsec);
}
