// source: the order of a directory, rewound after five entries; nothing may be missing
// state: held
// needs: directories in memory
#include <dirent.h>
#include <stdio.h>

int main(void) {
	DIR *d = opendir("/in/few");
	int n = 0;
	if (!d) return 1;
	for (int i = 0; i < 5; i++) printf("%s ", readdir(d)->d_name);
	rewinddir(d);
	for (struct dirent *e; (e = readdir(d)); n++) printf("%s ", e->d_name);
	puts("");
	return n != 22;
}
