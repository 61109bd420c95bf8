// source: getrandom in four threads that run at once; their bytes must differ
// state: held
#include <pthread.h>
#include <stdio.h>
#include <sys/random.h>

static unsigned long long x[4];
static pthread_barrier_t start;

static void *draw(void *to) {
	pthread_barrier_wait(&start);
	return getrandom(to, 8, 0) == 8 ? 0 : "";
}

int main(void) {
	pthread_t threads[4];
	void *failed;
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
