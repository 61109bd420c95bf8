// source: rand, seeded with the time and the process number as many programs do
// state: held
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(void) {
	srand((unsigned)time(0) ^ (unsigned)getpid());
	printf("%d %d\n", rand(), rand());
}
