// source: the order of a directory, taken up by seekdir at every place that telldir returned; what follows must be what followed
// state: held
// needs: directories in memory
#include <dirent.h>
#include <stdio.h>
#include <string.h>

int main(void) {
	char names[30][300];
	long at[30];
	int n = 0;
	struct dirent *e;
	DIR *d = opendir("/in/few");
	if (!d) return 1;
	for (; n < 30 && (e = readdir(d)); n++) {
		strcpy(names[n], e->d_name);
		at[n] = telldir(d);
		puts(names[n]);
	}
	if (n != 22) return 2;
	for (int i = 0; i < n; i++) {
		int from = i * 7 % n;
		seekdir(d, at[from]);
		for (int next = from + 1; next < n; next++)
			if (!(e = readdir(d)) || strcmp(e->d_name, names[next])) return 3;
		if (readdir(d)) return 4;
	}
	// Away from a place that has not been read to its end.
	for (int i = 0; i + 1 < n; i++) {
		seekdir(d, at[n - 2 - i]);
		if (!(e = readdir(d)) || strcmp(e->d_name, names[n - 1 - i])) return 5;
	}
}
