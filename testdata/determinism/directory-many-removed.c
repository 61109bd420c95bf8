// source: the order of 3,000 entries that are removed while they are listed; each must be there once
// state: held
// control: same host: the program makes them in one order
#define _DEFAULT_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
	char name[40];
	int n = 0;
	if (mkdir("/dev/shm/d", 0755)) return 1;
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "/dev/shm/d/%d", i * 7919 % 3000);
		int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0644);
		if (fd < 0 || close(fd)) return 2;
	}
	DIR *d = opendir("/dev/shm/d");
	if (!d) return 3;
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.') continue;
		puts(e->d_name);
		if (unlinkat(dirfd(d), e->d_name, 0)) return 4;
		n++;
	}
	return n != 3000 || rmdir("/dev/shm/d");
}
