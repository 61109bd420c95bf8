// source: the wall clock before and after a program begins another one
// state: held
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
	struct timespec t;
	if (clock_gettime(CLOCK_REALTIME, &t)) return 1;
	dprintf(1, "%lld.%09ld\n", (long long)t.tv_sec, t.tv_nsec);
	if (argc == 1) execl(argv[0], argv[0], "again", (char *)0);
	return argc == 2 ? 0 : 2;
}
