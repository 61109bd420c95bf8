// source: getrandom with each flag; no two answers may be equal
// state: held
#include <stdio.h>
#include <sys/random.h>

int main(void) {
	unsigned flags[] = {0, GRND_NONBLOCK, GRND_RANDOM, GRND_RANDOM | GRND_NONBLOCK, GRND_INSECURE, GRND_INSECURE | GRND_NONBLOCK};
	unsigned long long x[6];
	for (int i = 0; i < 6; i++) {
		if (getrandom(&x[i], sizeof x[i], flags[i]) != sizeof x[i]) return 1;
		printf("%x: %016llx\n", flags[i], x[i]);
		for (int j = 0; j < i; j++)
			if (x[i] == x[j]) return 2;
	}
	// The kernel refuses this pair.
	return getrandom(x, 8, GRND_RANDOM | GRND_INSECURE) != -1;
}
