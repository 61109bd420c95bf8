// source: /dev/random, opened by a symbolic link
// state: open: the device is known by its own name only
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	unsigned long long x;
	if (symlink("../dev/random", "/tmp/link")) return 1;
	int fd = open("/tmp/link", O_RDONLY);
	if (fd < 0 || read(fd, &x, sizeof x) != sizeof x) return 2;
	printf("%016llx\n", x);
}
