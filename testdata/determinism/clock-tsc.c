// source: RDTSC
// state: open: the kernel can make it fault for everybody or for nobody, and the C library's own code uses it
// needs: x86-64
#include <stdio.h>
#include <x86intrin.h>

int main(void) { printf("%llu\n", (unsigned long long)__rdtsc()); }
