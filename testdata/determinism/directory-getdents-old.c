// source: the order of a directory, by the older system call
// state: held
// needs: directories in memory, x86-64
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	_Alignas(8) char buffer[4096];
	int fd = open("/in/few", O_RDONLY | O_DIRECTORY);
	long n;
	while ((n = syscall(SYS_getdents, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n; at += *(uint16_t *)(buffer + at + 16)) printf("%s ", buffer + at + 18);
	printf("%s\n", n && errno == ENOSYS ? "refused" : "");
	return n && errno != ENOSYS;
}
