// source: inode of a new file on a disk
// state: open: inode numbers are the file system's own
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
	struct stat s;
	int fd = open("/tmp/new", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || fstat(fd, &s)) return 1;
	printf("%llu\n", (unsigned long long)s.st_ino);
}
