// source: the order in which nftw walks a tree
// state: held
// needs: directories in memory
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>

static int show(const char *path, const struct stat *s, int type, struct FTW *f) {
	(void)s, (void)type, (void)f;
	puts(path);
	return 0;
}

int main(void) { return nftw("/in/deep", show, 4, FTW_PHYS); }
