// source: the addresses in /proc/self/stat
// state: held
#include <stdio.h>
#include <string.h>

// Fields 26 to 30 and 45 to 51 of proc(5); the kernel shows the first ones as
// they are to the process itself.
int main(void) {
	char text[2000];
	FILE *f = fopen("/proc/self/stat", "r");
	if (!f || !fgets(text, sizeof text, f)) return 1;
	char *field = strtok(strrchr(text, ')') + 2, " ");
	for (int n = 3; field; n++, field = strtok(0, " "))
		if ((n >= 26 && n <= 28) || (n >= 45 && n <= 51)) printf("%d %s\n", n, field);
}
