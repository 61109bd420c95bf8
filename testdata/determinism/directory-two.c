// source: the order of a directory, listed twice at once by two descriptors of their own
// state: held
// needs: directories in memory
#include <dirent.h>
#include <stdio.h>
#include <string.h>

int main(void) {
	DIR *a = opendir("/in/few"), *b = opendir("/in/few");
	struct dirent *x, *y;
	if (!a || !b) return 1;
	while ((x = readdir(a))) {
		printf("%s ", x->d_name);
		y = readdir(b);
		if (!y || strcmp(x->d_name, y->d_name)) return 2;
	}
	puts("");
	return readdir(b) != 0;
}
