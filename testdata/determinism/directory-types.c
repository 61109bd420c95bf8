// source: the kinds of entries beside their names; a directory must be one
// state: held
// needs: directories in memory
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <stdio.h>

int main(void) {
	DIR *d = opendir("/in/deep");
	if (!d) return 1;
	for (struct dirent *e; (e = readdir(d));) {
		printf("%s %d ", e->d_name, e->d_type);
		if (e->d_type != DT_DIR) return 2;
	}
	puts("");
}
