// source: the order of a directory, by readdir
// state: held
// needs: directories in memory
#include <dirent.h>
#include <stdio.h>

int main(void) {
	DIR *d = opendir("/in/few");
	if (!d) return 1;
	for (struct dirent *e; (e = readdir(d));) printf("%s ", e->d_name);
	puts("");
}
