// source: features of the processor in the auxiliary vector
// state: held
// control: replaced: one host has one kind of processor
#include <stdio.h>
#include <sys/auxv.h>

int main(void) { printf("%lx %lx %lx\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2), getauxval(AT_MINSIGSTKSZ)); }
