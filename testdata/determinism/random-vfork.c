// source: getrandom of a program that was started by vfork and exec, and of its parent; they must differ
// state: held
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	unsigned long long x;
	if (getrandom(&x, sizeof x, 0) != sizeof x) return 1;
	if (argc == 1) {
		int status, pipes[2];
		unsigned long long theirs;
		if (pipe(pipes)) return 2;
		pid_t child = vfork();
		if (child == 0) {
			dup2(pipes[1], 3);
			execl(argv[0], argv[0], "child", (char *)0);
			_exit(1);
		}
		if (waitpid(child, &status, 0) != child || status || read(pipes[0], &theirs, sizeof theirs) != sizeof theirs) return 3;
		printf("%016llx %016llx\n", x, theirs);
		return x == theirs;
	}
	return write(3, &x, sizeof x) != sizeof x;
}
