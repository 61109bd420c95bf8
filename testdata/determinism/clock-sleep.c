// source: the wall clock before and after a sleep; it must go on by at least as much
// state: held
#include <stdio.h>
#include <time.h>

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void) {
	struct timespec tenth = {0, 100000000};
	double before = now();
	if (nanosleep(&tenth, 0)) return 1;
	double after = now();
	printf("%.3f %.3f\n", before, after);
	return after - before < 0.0999 ? 2 : 0;
}
