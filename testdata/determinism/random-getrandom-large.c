// source: 100,000 bytes of getrandom; every 1,000 of them must be filled
// state: held
#include <stdio.h>
#include <sys/random.h>

static unsigned char data[100000];

int main(void) {
	size_t have = 0;
	while (have < sizeof data) {
		ssize_t n = getrandom(data + have, sizeof data - have, 0);
		if (n <= 0) return 1;
		have += (size_t)n;
	}
	unsigned long long hash = 14695981039346656037u;
	for (size_t i = 0; i < sizeof data; i += 1000) {
		int zeros = 0;
		for (int j = 0; j < 1000; j++) {
			zeros += data[i + j] == 0;
			hash = (hash ^ data[i + j]) * 1099511628211u;
		}
		if (zeros > 100) return 2;
	}
	printf("%016llx\n", hash);
}
