// source: the positions that telldir returns
// state: open: positions are the file system's own
// control: same host: in the order of the file system they are the same
#include <dirent.h>
#include <stdio.h>

int main(void) {
	DIR *d = opendir("/in/few");
	if (!d) return 1;
	while (readdir(d)) printf("%ld ", telldir(d));
	puts("");
}
