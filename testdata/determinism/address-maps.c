// source: the address ranges in /proc/self/maps
// state: held
#include <stdio.h>

int main(void) {
	char line[600], range[100];
	FILE *f = fopen("/proc/self/maps", "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%99s", range) == 1) puts(range);
	return !f;
}
