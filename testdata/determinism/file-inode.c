// source: inode and device of an input
// state: open: inode numbers are the file system's own
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct stat s;
	if (stat("/in/deep/b/x", &s)) return 1;
	printf("%llu\n", (unsigned long long)s.st_ino);
}
