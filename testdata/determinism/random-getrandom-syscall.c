// source: getrandom by a system call of its own
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	unsigned long long x;
	if (syscall(SYS_getrandom, &x, sizeof x, 0) != sizeof x) return 1;
	printf("%016llx\n", x);
}
