// source: /dev/urandom, opened again by its descriptor
// state: held
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	char name[40];
	unsigned long long x, y;
	int fd = open("/dev/urandom", O_RDONLY);
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	int again = open(name, O_RDONLY);
	if (fd < 0 || again < 0 || read(again, &x, sizeof x) != sizeof x || read(dup(fd), &y, sizeof y) != sizeof y) return 1;
	printf("%016llx %016llx\n", x, y);
	return x == y;
}
