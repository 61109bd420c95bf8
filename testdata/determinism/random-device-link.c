// source: /dev/random, opened by a symbolic link: what is not known to be the device is empty
// state: held
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
	unsigned long long x = 0;
	if (symlink("../dev/random", "/tmp/link")) return 1;
	int fd = open("/tmp/link", O_RDONLY);
	if (fd < 0) return 2;
	long n = read(fd, &x, sizeof x);
	printf("%ld %016llx\n", n, x);
}
