// source: addresses in a child, and in a program that it begins
// state: held
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	dprintf(1, "%p %p %p\n", (void *)&argc, malloc(1), (void *)main);
	if (argc > 1) return 0;
	pid_t child = fork();
	if (child == 0) {
		dprintf(1, "%p %p\n", (void *)&child, malloc(1));
		execl(argv[0], argv[0], "again", (char *)0);
		_exit(1);
	}
	int status;
	return waitpid(child, &status, 0) != child || status;
}
