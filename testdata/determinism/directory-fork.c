// source: the order of a directory, begun by a parent and ended by its child; each entry must be there once
// state: held
// needs: directories in memory
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int list(int fd, int calls) {
	_Alignas(8) char buffer[200];
	int entries = 0;
	long n = 0;
	for (int i = 0; i < calls && (n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0; i++)
		for (long at = 0; at < n; at += *(uint16_t *)(buffer + at + 16)) {
			dprintf(1, "%s ", buffer + at + 19);
			entries++;
		}
	return entries;
}

int main(void) {
	int fd = open("/in/few", O_RDONLY | O_DIRECTORY), status;
	int first = list(fd, 1);
	pid_t child = fork();
	if (child == 0) _exit(list(fd, 1000));
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 1;
	dprintf(1, "\n");
	return first + WEXITSTATUS(status) != 22;
}
