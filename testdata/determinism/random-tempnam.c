// source: the name that tempnam makes
// state: held
#define _DEFAULT_SOURCE
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <stdio.h>
#include <stdlib.h>

extern char *tempnam(const char *, const char *);

int main(void) {
	char *name = tempnam("/tmp", "x");
	if (!name) return 1;
	puts(name);
	free(name);
}
