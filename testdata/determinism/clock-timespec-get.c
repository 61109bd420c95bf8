// source: timespec_get of C11
// state: held
#include <stdio.h>
#include <time.h>

int main(void) {
	struct timespec t;
	if (timespec_get(&t, TIME_UTC) != TIME_UTC) return 1;
	printf("%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
}
