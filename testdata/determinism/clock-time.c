// source: time of the C library
// state: held
#include <stdio.h>
#include <time.h>

int main(void) { printf("%lld\n", (long long)time(0)); }
