// source: the number of a mount in /proc/self/fdinfo, and the inode of a pipe
// state: open: the kernel counts them up from its start
#include <stdio.h>
#include <unistd.h>

int main(void) {
	char line[200];
	FILE *f = fopen("/proc/self/fdinfo/0", "r");
	while (f && fgets(line, sizeof line, f)) fputs(line, stdout);
	ssize_t n = readlink("/proc/self/fd/1", line, sizeof line - 1);
	if (!f || n < 0) return 1;
	line[n] = 0;
	puts(line);
}
