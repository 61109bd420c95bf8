// source: one descriptor of /dev/urandom in a parent and its child; their bytes must differ
// state: held
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	unsigned long long x, y;
	int pipes[2], fd = open("/dev/urandom", O_RDONLY);
	if (fd < 0 || pipe(pipes)) return 1;
	pid_t child = fork();
	if (child == 0) {
		if (read(fd, &y, sizeof y) != sizeof y || write(pipes[1], &y, sizeof y) != sizeof y) _exit(1);
		_exit(0);
	}
	int status;
	if (waitpid(child, &status, 0) != child || status) return 2;
	if (read(pipes[0], &y, sizeof y) != sizeof y || read(fd, &x, sizeof x) != sizeof x) return 3;
	printf("%016llx %016llx\n", x, y);
	return x == y;
}
