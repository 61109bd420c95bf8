// source: the order of a directory, by a system call of its own with a small buffer
// state: held
// needs: directories in memory
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	_Alignas(8) char buffer[64];
	int fd = open("/in/few", O_RDONLY | O_DIRECTORY), entries = 0;
	long n;
	while ((n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n; at += *(uint16_t *)(buffer + at + 16)) {
			printf("%s ", buffer + at + 19);
			entries++;
		}
	puts("");
	return n || entries != 22;
}
