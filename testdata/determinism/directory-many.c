// source: the order of 5,000 entries; each must be there once
// state: held
// needs: directories in memory
#include <dirent.h>
#include <stdio.h>

static int seen[5000];

int main(void) {
	DIR *d = opendir("/in/many");
	int n, others = 0, total = 0;
	if (!d) return 1;
	for (struct dirent *e; (e = readdir(d)); total++) {
		if (sscanf(e->d_name, "file-%d", &n) == 1) {
			if (n < 0 || n >= 5000 || seen[n]++) return 2;
		} else {
			others++;
		}
		puts(e->d_name);
	}
	return total != 5002 || others != 2;
}
