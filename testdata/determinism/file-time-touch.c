// source: a file's time after utimensat with UTIME_NOW
// state: open: the kernel stamps files with its own clock
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	struct stat s;
	int fd = open("/tmp/new", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || futimens(fd, now) || fstat(fd, &s)) return 1;
	printf("%lld.%09ld\n", (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}
