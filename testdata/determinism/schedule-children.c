// source: the order in which children write to one pipe
// state: open: the kernel chooses who runs
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	int pipes[2], status;
	unsigned long long hash = 14695981039346656037u;
	unsigned char who;
	if (pipe(pipes)) return 1;
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			close(pipes[0]);
			who = (unsigned char)i;
			for (int n = 0; n < 5000; n++) {
				for (volatile int spin = 0; spin < 500; spin++)
					;
				if (write(pipes[1], &who, 1) != 1) _exit(1);
			}
			_exit(0);
		}
	close(pipes[1]);
	while (read(pipes[0], &who, 1) == 1) hash = (hash ^ who) * 1099511628211u;
	for (int i = 0; i < 4; i++)
		if (wait(&status) < 0 || status) return 2;
	printf("%016llx\n", hash);
}
