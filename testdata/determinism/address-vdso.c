// source: the address of the vDSO in the auxiliary vector
// state: held
#include <stdio.h>
#include <sys/auxv.h>

int main(void) { printf("%lx\n", getauxval(AT_SYSINFO_EHDR)); }
