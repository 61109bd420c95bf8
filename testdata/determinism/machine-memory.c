// source: memory by sysconf
// state: held
#include <stdio.h>
#include <unistd.h>

int main(void) { printf("%ld %ld\n", sysconf(_SC_PHYS_PAGES), sysconf(_SC_AVPHYS_PAGES)); }
