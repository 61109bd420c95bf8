// source: the umask
// state: held
// control: host: a world has its own, also without the hold
#include <stdio.h>
#include <sys/stat.h>

int main(void) { printf("%03o\n", umask(0)); }
