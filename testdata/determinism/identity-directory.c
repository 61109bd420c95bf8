// source: the working directory
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>
#include <unistd.h>

int main(void) {
	char path[4096];
	if (!getcwd(path, sizeof path)) return 1;
	puts(path);
}
