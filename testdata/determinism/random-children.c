// source: getrandom in three children that run at once; their bytes must differ
// state: held
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	unsigned long long *x = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (x == MAP_FAILED) return 1;
	for (int i = 0; i < 3; i++)
		if (fork() == 0) _exit(getrandom(&x[i], 8, 0) != 8);
	for (int i = 0; i < 3; i++) {
		int status;
		if (wait(&status) < 0 || status) return 2;
	}
	printf("%016llx %016llx %016llx\n", x[0], x[1], x[2]);
	return x[0] == x[1] || x[0] == x[2] || x[1] == x[2];
}
