// source: the order of a directory, listed in turn by two copies of one descriptor; each entry must be there once
// state: held
// needs: directories in memory
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
	_Alignas(8) char buffer[200];
	int fd = open("/in/few", O_RDONLY | O_DIRECTORY), copy = dup(fd), entries = 0;
	long n;
	for (int i = 0; (n = syscall(SYS_getdents64, i % 2 ? fd : copy, buffer, sizeof buffer)) > 0; i++)
		for (long at = 0; at < n; at += *(uint16_t *)(buffer + at + 16)) {
			printf("%s ", buffer + at + 19);
			entries++;
		}
	puts("");
	return n || entries != 22;
}
