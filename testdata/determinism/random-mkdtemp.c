// source: the names of 100 directories that mkdtemp makes
// state: open: the C library draws such names from CLOCK_MONOTONIC
// needs: glibc 2.36
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>

int main(void) {
	for (int i = 0; i < 100; i++) {
		char name[] = "/tmp/nameXXXXXX";
		if (!mkdtemp(name)) return 1;
		puts(name);
	}
}
