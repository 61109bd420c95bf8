// source: /proc/loadavg, and getloadavg of the C library
// state: held
// control: host: a world without the hold has no such file
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>

int main(void) {
	double load[3];
	char line[100];
	int n = getloadavg(load, 3);
	printf("%d", n);
	for (int i = 0; i < n; i++) printf(" %.2f", load[i]);
	FILE *f = fopen("/proc/loadavg", "r");
	printf(" %s\n", f && fgets(line, sizeof line, f) ? line : "none");
}
