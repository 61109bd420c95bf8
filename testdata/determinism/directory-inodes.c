// source: inode numbers in what a directory lists
// state: open: inode numbers are the file system's own
#include <dirent.h>
#include <stdio.h>

int main(void) {
	DIR *d = opendir("/in/deep");
	unsigned long long sum = 0;
	if (!d) return 1;
	for (struct dirent *e; (e = readdir(d));) sum = sum * 31 + e->d_ino * (e->d_name[0] != '.');
	printf("%llu\n", sum);
}
