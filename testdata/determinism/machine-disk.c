// source: free space and inodes of a disk, by statvfs
// state: held
#include <stdio.h>
#include <sys/statvfs.h>

int main(void) {
	char name[40];
	struct statvfs v;
	// Something is written, so that a quiet disk has moved.
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "/tmp/%d", i);
		FILE *f = fopen(name, "w");
		if (!f || fprintf(f, "%*s", 70000, "x") < 0 || fclose(f)) return 1;
	}
	if (statvfs("/tmp", &v)) return 1;
	printf("%lu %lu %lu\n", (unsigned long)v.f_bfree, (unsigned long)v.f_ffree, (unsigned long)v.f_fsid);
}
