// source: /dev/urandom, opened from its directory
// state: held
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	unsigned long long x;
	int dir = open("/dev", O_PATH | O_DIRECTORY);
	int fd = openat(dir, "./../dev/urandom", O_RDONLY);
	if (dir < 0 || fd < 0 || read(fd, &x, sizeof x) != sizeof x) return 1;
	printf("%016llx\n", x);
}
