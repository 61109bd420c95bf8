// source: ntp_gettime
// state: held
#include <errno.h>
#include <stdio.h>
#include <sys/timex.h>

int main(void) {
	struct ntptimeval t = {0};
	if (ntp_gettime(&t) < 0) {
		printf("error %d\n", errno);
		return 0;
	}
	printf("%lld.%06ld\n", (long long)t.time.tv_sec, (long)t.time.tv_usec);
}
