// source: a file's time that the program sets from its clock, as cp and tar do; it must be what was set
// state: held
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

int main(void) {
	struct timespec now[2];
	struct stat s;
	int fd = open("/tmp/new", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || clock_gettime(CLOCK_REALTIME, &now[0])) return 1;
	now[1] = now[0];
	if (futimens(fd, now) || fstat(fd, &s)) return 2;
	printf("%lld.%09ld\n", (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
	return s.st_mtim.tv_sec != now[1].tv_sec;
}
