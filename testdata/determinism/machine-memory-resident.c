// source: memory in use, in /proc/self/status and smaps
// state: open: files about a process are the kernel's own
#include <stdio.h>
#include <string.h>

int main(void) {
	char line[400];
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "Rss", 3) || !strncmp(line, "Pss", 3)) fputs(line, stdout);
	f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmRSS", 5) || !strncmp(line, "VmHWM", 5) || strstr(line, "ctxt")) fputs(line, stdout);
	return !f;
}
