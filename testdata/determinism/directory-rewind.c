// source: the order of a directory before and after rewinddir; both must be the same
// state: held
// needs: directories in memory
#include <dirent.h>
#include <stdio.h>
#include <string.h>

int main(void) {
	char names[2][2000] = {"", ""};
	DIR *d = opendir("/in/few");
	if (!d) return 1;
	for (int i = 0; i < 2; i++, rewinddir(d))
		for (struct dirent *e; (e = readdir(d));) strcat(strcat(names[i], e->d_name), " ");
	puts(names[0]);
	return strcmp(names[0], names[1]) || strlen(names[0]) < 40;
}
