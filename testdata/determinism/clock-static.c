// source: CLOCK_REALTIME in a program without a dynamic linker
// state: held
// flags: -static
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec t;
	if (clock_gettime(CLOCK_REALTIME, &t)) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
