// source: /dev/urandom, opened as a path first and then by that descriptor
// state: held
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	char name[40];
	unsigned long long x;
	int path = open("/dev/urandom", O_PATH);
	snprintf(name, sizeof name, "/proc/self/fd/%d", path);
	int fd = open(name, O_RDONLY);
	if (path < 0 || fd < 0 || read(fd, &x, sizeof x) != sizeof x) return 1;
	printf("%016llx\n", x);
}
