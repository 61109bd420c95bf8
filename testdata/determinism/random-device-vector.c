// source: /dev/urandom by readv, and by splice into a pipe
// state: held
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void) {
	unsigned x[2];
	unsigned long long y;
	struct iovec parts[2] = {{&x[0], sizeof x[0]}, {&x[1], sizeof x[1]}};
	int pipes[2], fd = open("/dev/urandom", O_RDONLY);
	if (fd < 0 || readv(fd, parts, 2) != sizeof x || pipe(pipes)) return 1;
	ssize_t n = splice(fd, 0, pipes[1], 0, sizeof y, 0);
	if (n != sizeof y && read(fd, &y, sizeof y) != sizeof y) return 2;
	if (n == sizeof y && read(pipes[0], &y, sizeof y) != sizeof y) return 3;
	printf("%08x %08x %016llx\n", x[0], x[1], y);
}
