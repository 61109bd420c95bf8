// source: when the process started, in /proc/self/stat
// state: open: files about a process are the kernel's own
#include <stdio.h>
#include <string.h>

int main(void) {
	char text[2000];
	FILE *f = fopen("/proc/self/stat", "r");
	if (!f || !fgets(text, sizeof text, f)) return 1;
	char *field = strtok(strrchr(text, ')') + 2, " ");
	for (int n = 3; field && n < 22; n++) field = strtok(0, " ");
	puts(field ? field : "?");
}
