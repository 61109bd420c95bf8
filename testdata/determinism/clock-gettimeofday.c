// source: gettimeofday of the C library
// state: held
#include <stdio.h>
#include <sys/time.h>

int main(void) {
	struct timeval t;
	if (gettimeofday(&t, 0)) return 1;
	printf("%lld.%06ld\n", (long long)t.tv_sec, (long)t.tv_usec);
}
