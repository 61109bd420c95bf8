// source: /dev/random
// state: held
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	unsigned long long x;
	int fd = open("/dev/random", O_RDONLY);
	if (fd < 0 || read(fd, &x, sizeof x) != sizeof x) return 1;
	printf("%016llx\n", x);
}
