// source: the times of a new file
// state: open: the kernel stamps files with its own clock
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
	struct stat s;
	int fd = open("/tmp/new", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &s)) return 1;
	printf("%lld.%09ld\n", (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}
