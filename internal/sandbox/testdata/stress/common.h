// What the programs of this directory share: a check that ends the program, and
// a table of parts, of which argv[1] names one.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(ok)                                                                  \
	do {                                                                           \
		if (!(ok)) {                                                               \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #ok, strerror(errno)); \
			_exit(99);                                                             \
		}                                                                          \
	} while (0)

struct part {
	const char *name;
	int (*run)(int argc, char **argv); // what it returns is the exit code
};

static int run_part(const struct part *parts, int argc, char **argv) {
	for (; argc > 1 && parts->name; parts++)
		if (strcmp(parts->name, argv[1]) == 0)
			return parts->run(argc - 2, argv + 2);
	fprintf(stderr, "no such part\n");
	return 98;
}

// The end of pid must be this exit code.
static inline void ends_with(pid_t pid, int code) {
	int status;
	CHECK(waitpid(pid, &status, __WALL) == pid);
	errno = 0;
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

// The end of pid must be by this signal.
static inline void ends_by(pid_t pid, int sig) {
	int status;
	CHECK(waitpid(pid, &status, __WALL) == pid);
	errno = 0;
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == sig);
}

// Waits until nobody holds the other end of a pipe.
static inline void until_alone(int pipe) {
	char byte;
	ssize_t n;
	while ((n = read(pipe, &byte, 1)) != 0)
		CHECK(n == 1 || errno == EINTR);
}

static inline pthread_t thread(void *(*run)(void *), void *arg) {
	pthread_attr_t attr;
	pthread_t t;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	errno = pthread_create(&t, &attr, run, arg);
	CHECK(errno == 0);
	pthread_attr_destroy(&attr);
	return t;
}
