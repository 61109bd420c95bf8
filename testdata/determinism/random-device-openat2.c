// source: /dev/urandom, opened by openat2
// state: held
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	unsigned long long x;
	struct open_how how = {.flags = O_RDONLY};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, "/dev/urandom", &how, sizeof how);
	if (fd < 0 || read(fd, &x, sizeof x) != sizeof x) return 1;
	printf("%016llx\n", x);
}
