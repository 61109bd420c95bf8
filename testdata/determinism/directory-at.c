// source: the order of a directory, opened by openat and fdopendir
// state: held
// needs: directories in memory
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

int main(void) {
	int top = open("/in", O_PATH | O_DIRECTORY);
	DIR *d = fdopendir(openat(top, "deep/../few", O_RDONLY | O_DIRECTORY));
	if (top < 0 || !d) return 1;
	for (struct dirent *e; (e = readdir(d));) printf("%s ", e->d_name);
	puts("");
}
