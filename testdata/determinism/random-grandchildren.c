// source: getrandom of a process, its child and its grandchild; their bytes must differ
// state: held
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	unsigned long long *x = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, depth = 0;
	if (x == MAP_FAILED) return 1;
	while (depth < 2) {
		pid_t child = fork();
		if (child) {
			if (waitpid(child, &status, 0) != child || status || getrandom(&x[depth], 8, 0) != 8) return 2;
			break;
		}
		depth++;
	}
	if (depth == 2 && getrandom(&x[2], 8, 0) != 8) return 3;
	if (depth) return 0;
	printf("%016llx %016llx %016llx\n", x[0], x[1], x[2]);
	return x[0] == x[1] || x[0] == x[2] || x[1] == x[2];
}
