// source: the wall clock of a parent and of children that slept
// state: held
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void show(const char *who) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	dprintf(1, "%s %lld.%03ld\n", who, (long long)t.tv_sec, t.tv_nsec / 1000000);
}

int main(void) {
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		if (child == 0) {
			struct timespec sleep = {0, 30000000};
			nanosleep(&sleep, 0);
			show("child");
			_exit(0);
		}
		int status;
		if (waitpid(child, &status, 0) != child || status) return 1;
		show("parent");
	}
}
