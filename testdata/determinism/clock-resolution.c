// source: clock_getres of every clock
// state: held
// control: same host: kernels are configured with one, processors cannot change it
#include <stdio.h>
#include <time.h>

int main(void) {
	for (int id = 0; id < 12; id++) {
		struct timespec t = {0};
		int failed = clock_getres(id, &t);
		printf("%d: %d %lld.%09ld\n", id, failed, (long long)t.tv_sec, t.tv_nsec);
	}
}
