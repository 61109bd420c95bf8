// source: /proc/sys/kernel/random/uuid; two must differ
// state: held
// control: host: a world has no such file otherwise
#include <stdio.h>
#include <string.h>

int main(void) {
	char text[2][40] = {"", ""};
	for (int i = 0; i < 2; i++) {
		FILE *f = fopen("/proc/sys/kernel/random/uuid", "r");
		if (!f) {
			puts("there is none");
			return 0;
		}
		if (!fgets(text[i], sizeof text[i], f)) return 1;
		printf("%s", text[i]);
	}
	return !strcmp(text[0], text[1]);
}
