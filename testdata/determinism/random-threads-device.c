// source: /dev/urandom, opened once and read 500 times in each of four threads that run at once; their bytes must differ
// state: open: one open file is one stream, and which thread reads first is chance
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static unsigned long long x[4], last[4];
static pthread_barrier_t start;
static int fd;

static void *draw(void *to) {
	pthread_barrier_wait(&start);
	unsigned long long hash = 0, *out = to;
	for (int i = 0; i < 500; i++) {
		if (read(fd, &last[out - x], 8) != 8) return "";
		hash = hash * 31 + last[out - x];
	}
	*out = hash;
	return 0;
}

int main(void) {
	pthread_t threads[4];
	void *failed;
	fd = open("/dev/urandom", O_RDONLY);
	pthread_barrier_init(&start, 0, 4);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], 0, draw, &x[i])) return 1;
	for (int i = 0; i < 4; i++)
		if (pthread_join(threads[i], &failed) || failed) return 2;
	for (int i = 0; i < 4; i++) {
		printf("%016llx\n", x[i]);
		for (int j = 0; j < i; j++)
			if (x[i] == x[j]) return 3;
	}
}
