// source: when a file was made, by statx
// state: open: the kernel stamps files with its own clock
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct statx s;
	if (statx(AT_FDCWD, "/tmp", 0, STATX_BTIME | STATX_CTIME, &s)) return 1;
	printf("%lld.%09u %lld.%09u\n", (long long)s.stx_btime.tv_sec, s.stx_btime.tv_nsec, (long long)s.stx_ctime.tv_sec, s.stx_ctime.tv_nsec);
}
