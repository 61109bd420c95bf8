// source: getrandom before and after a program begins itself again; the answers must differ
// state: held
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

int main(int argc, char **argv) {
	unsigned long long x;
	char text[20];
	if (getrandom(&x, sizeof x, 0) != sizeof x) return 1;
	snprintf(text, sizeof text, "%016llx", x);
	if (argc == 1) {
		execl(argv[0], argv[0], text, (char *)0);
		return 2;
	}
	printf("%s %s\n", argv[1], text);
	return strtoull(argv[1], 0, 16) == x;
}
