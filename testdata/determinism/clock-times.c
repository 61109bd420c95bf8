// source: times: ticks since an instant in the past
// state: open: clocks that only measure run, for time-outs and benchmarks
#include <stdio.h>
#include <sys/times.h>

int main(void) {
	struct tms t;
	printf("%ld\n", (long)times(&t));
}
