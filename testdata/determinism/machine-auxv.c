// source: what the auxiliary vector says of the processor
// state: held
// control: same host: one host has one kind of processor
#include <stdio.h>
#include <sys/auxv.h>

int main(void) {
	const char *platform = (const char *)getauxval(AT_PLATFORM), *base = (const char *)getauxval(24);
	printf("%s %s %lu %lu\n", platform ? platform : "-", base ? base : "-", getauxval(AT_CLKTCK), getauxval(AT_PAGESZ));
}
