// source: the time of the last change of an input
// state: open: inputs keep their times; a build of cargo compares them
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct stat s;
	if (stat("/in/deep/b/x", &s)) return 1;
	printf("%lld.%09ld\n", (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}
