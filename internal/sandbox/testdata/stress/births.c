// Processes and threads that begin and end, and that are killed at every instant
// between. What is lost between a birth and its announcement to a tracer would
// wait for ever, and hold a pipe open.
#include "common.h"

extern char **environ;

// N processes one after another, by all ways to make one, each with its own code.
static int many(int argc, char **argv) {
	volatile int i, n = argc > 0 ? atoi(argv[0]) : 100; // volatile for vfork
	signal(SIGUSR2, SIG_IGN);
	for (i = 0; i < n; i++) {
		pid_t pid;
		if (i % 50 == 0) {
			char *args[] = {"true", NULL};
			errno = posix_spawn(&pid, "/usr/bin/true", NULL, NULL, args, environ);
			CHECK(errno == 0);
			ends_with(pid, 0);
			continue;
		}
		if (i % 3 == 0)
			pid = vfork();
		else if (i % 3 == 1)
			pid = syscall(SYS_clone, i % 2 ? SIGUSR2 : 0, 0, 0, 0, 0); // announced as a thread is
		else
			pid = fork();
		if (pid == 0)
			_exit(i % 251);
		CHECK(pid > 0);
		ends_with(pid, i % 251);
	}
	printf("%d ends\n", n);
	return 0;
}

// 64 processes at the same time, each of which makes its own.
static int parallel(int argc, char **argv) {
	int n = argc > 0 ? atoi(argv[0]) : 10;
	pid_t list[64];
	for (int i = 0; i < 64; i++) {
		if ((list[i] = fork()) == 0) {
			for (int j = 0; j < n; j++) {
				pid_t pid = fork();
				if (pid == 0)
					_exit(j % 100);
				CHECK(pid > 0);
				ends_with(pid, j % 100);
			}
			_exit(100 + i);
		}
		CHECK(list[i] > 0);
	}
	for (int i = 0; i < 64; i++)
		ends_with(list[i], 100 + i);
	puts("64 ends");
	return 0;
}

static pthread_barrier_t barrier;

static void *meet(void *arg) {
	pthread_barrier_wait(&barrier);
	return arg;
}

// 1000 threads that are there at the same time, twice, so that numbers are given again.
static int threads(int argc, char **argv) {
	(void)argc, (void)argv;
	static pthread_t list[1000];
	pthread_barrier_init(&barrier, NULL, 1001);
	for (int round = 0; round < 2; round++) {
		for (long i = 0; i < 1000; i++)
			list[i] = thread(meet, (void *)i);
		pthread_barrier_wait(&barrier);
		for (long i = 0; i < 1000; i++) {
			void *back;
			CHECK(pthread_join(list[i], &back) == 0 && back == (void *)i);
		}
	}
	puts("2000 threads");
	return 0;
}

static void *last(void *arg) {
	usleep(20000);
	(void)arg;
	exit(7);
}

// The first thread ends before the others; the exit code is that of the last.
static int leader(int argc, char **argv) {
	(void)argc, (void)argv;
	puts("the first thread ends");
	fflush(stdout);
	thread(last, NULL);
	pthread_exit(NULL);
}

static void *forks(void *arg) {
	(void)arg;
	for (;;) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0); // its copy of the pipe is closed
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return NULL;
}

// A process whose threads fork for ever is killed, or ends itself, at any instant;
// then whatever it made must end too.
static int killed(int argc, char **argv) {
	int rounds = argc > 0 ? atoi(argv[0]) : 100;
	for (int i = 0; i < rounds; i++) {
		int p[2];
		CHECK(pipe(p) == 0);
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			close(p[0]);
			for (int t = 0; t < 4; t++)
				thread(forks, NULL);
			if (i % 2)
				forks(NULL);
			usleep(i * 37 % 3000);
			_exit(3);
		}
		close(p[1]);
		if (i % 2) {
			usleep(i * 37 % 3000);
			CHECK(kill(pid, SIGKILL) == 0);
			ends_by(pid, SIGKILL);
		} else
			ends_with(pid, 3);
		until_alone(p[0]);
		close(p[0]);
	}
	printf("%d rounds\n", rounds);
	return 0;
}

// The same with a new program instead of an end. argv: the pipe and the rounds
// that are left.
static int replaced(int argc, char **argv) {
	int rounds = argc > 0 ? atoi(argv[0]) : 100;
	if (argc > 1) {
		int held = atoi(argv[1]);
		until_alone(held);
		close(held);
		while (waitpid(-1, NULL, __WALL) > 0) {}
		CHECK(errno == ECHILD);
	}
	if (rounds == 0) {
		puts("replaced");
		return 0;
	}
	int p[2];
	CHECK(pipe(p) == 0);
	CHECK(fcntl(p[1], F_SETFD, FD_CLOEXEC) == 0);
	for (int t = 0; t < 4; t++)
		thread(forks, NULL);
	usleep(rounds * 37 % 2000);
	char left[20], fd[20];
	sprintf(left, "%d", rounds - 1);
	sprintf(fd, "%d", p[0]);
	execl("/proc/self/exe", "births", "replaced", left, fd, NULL);
	CHECK(!"exec");
	return 1;
}

// Daemons: a session of their own, no parent, and the one who waits is not who made
// them.
static int daemons(int argc, char **argv) {
	(void)argc, (void)argv;
	int p[2];
	CHECK(pipe(p) == 0);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			CHECK(setsid() > 0);
			pid = fork();
			CHECK(pid >= 0);
			if (pid == 0) {
				usleep(1000 * (i % 10));
				CHECK(time(NULL) > 0 && write(p[1], "d", 1) == 1);
				_exit(0);
			}
			_exit(i);
		}
		ends_with(pid, i);
	}
	close(p[1]);
	char all[51];
	int n = 0;
	ssize_t got;
	while ((got = read(p[0], all + n, sizeof all - n)) > 0)
		n += got;
	printf("%d daemons\n", n);
	return 0;
}

// Children that are killed before their first instruction.
static int stillborn(int argc, char **argv) {
	(void)argc, (void)argv;
	for (int i = 0; i < 500; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0)
			for (;;)
				pause();
		CHECK(kill(pid, SIGKILL) == 0);
		ends_by(pid, SIGKILL);
	}
	puts("500 stillborn");
	return 0;
}

int main(int argc, char **argv) {
	static const struct part parts[] = {
		{"many", many}, {"parallel", parallel}, {"threads", threads}, {"leader", leader}, {"killed", killed},
		{"replaced", replaced}, {"daemons", daemons}, {"stillborn", stillborn}, {0},
	};
	return run_part(parts, argc, argv);
}
