// source: /proc/cpuinfo
// state: held
// control: replaced: one host has one kind of processor, and a world without the hold no such file
#include <stdio.h>

int main(void) {
	char line[4000];
	FILE *f = fopen("/proc/cpuinfo", "r");
	if (!f) puts("none");
	while (f && fgets(line, sizeof line, f)) fputs(line, stdout);
}
