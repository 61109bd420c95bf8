// source: the number of a mount, by statx
// state: open: the kernel counts them up from its start
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	// STATX_MNT_ID of include/uapi/linux/stat.h, for which older headers have no
	// field: it lies 144 bytes into struct statx.
	struct statx s;
	if (statx(AT_FDCWD, "/tmp", 0, 0x1000, &s)) return 1;
	printf("%llu\n", *(unsigned long long *)((char *)&s + 144));
}
