// source: numbers of three children, one after another
// state: held
// control: host: a world counts its own, also without the hold
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	for (int i = 0; i < 3; i++) {
		pid_t child = fork();
		if (child == 0) _exit(0);
		int status;
		if (waitpid(child, &status, 0) != child || status) return 1;
		printf("%d\n", child);
	}
}
