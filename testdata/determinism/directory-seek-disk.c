// source: the order of a directory on a disk, taken up by seekdir at every place that telldir returned; what follows must be what followed
// state: held
// control: same host: a file system orders the same names in the same way
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
	char names[120][300], path[40];
	long at[120];
	int n = 0;
	struct dirent *e;
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof path, "/tmp/%d", i * 37 % 100);
		int fd = open(path, O_CREAT | O_WRONLY, 0644);
		if (fd < 0 || close(fd)) return 1;
	}
	DIR *d = opendir("/tmp");
	if (!d) return 2;
	for (; n < 120 && (e = readdir(d)); n++) {
		strcpy(names[n], e->d_name);
		at[n] = telldir(d);
		puts(names[n]);
	}
	if (n != 102) return 3;
	for (int i = 0; i < n; i++) {
		int from = i * 7 % n;
		seekdir(d, at[from]);
		for (int next = from + 1; next < n; next++)
			if (!(e = readdir(d)) || strcmp(e->d_name, names[next])) return 4;
		if (readdir(d)) return 5;
	}
}
