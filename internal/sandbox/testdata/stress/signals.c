// Signals and stops: what a tracer sees before the program does must reach it all
// the same, and once.
#include "common.h"

static volatile sig_atomic_t heard;

static void hear(int sig) {
	(void)sig;
	heard++;
}

static void on(int sig, void (*handler)(int), int flags) {
	struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
	CHECK(sigaction(sig, &a, NULL) == 0);
}

// A child is stopped and continued, is stopped and killed, and says when it is.
static int jobs(int argc, char **argv) {
	(void)argc, (void)argv;
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();
		int status;
		CHECK(pid >= 0);
		if (pid == 0)
			for (;;)
				sched_yield();
		CHECK(kill(pid, SIGSTOP) == 0); // SIGTSTP does nothing in an orphaned process group, as this is
		CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
		CHECK(kill(pid, SIGCONT) == 0);
		CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
		CHECK(kill(pid, SIGTERM) == 0); // has to wait
		CHECK(waitpid(pid, &status, WNOHANG | WUNTRACED) == 0);
		CHECK(kill(pid, i % 3 ? SIGCONT : SIGKILL) == 0);
		ends_by(pid, i % 3 ? SIGTERM : SIGKILL);
	}
	puts("50 jobs");
	return 0;
}

static void *works(void *count) {
	for (;;)
		__atomic_add_fetch((long *)count, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void *one(void *count) {
	__atomic_add_fetch((long *)count, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void *makes(void *count) {
	for (;;)
		pthread_join(thread(one, count), NULL);
	return NULL;
}

// No thread of a stopped process runs, also none that is born at that instant.
static int group(int argc, char **argv) {
	(void)argc, (void)argv;
	long *count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(count != MAP_FAILED);
	pid_t pid = fork();
	int status;
	CHECK(pid >= 0);
	if (pid == 0) {
		thread(works, count);
		for (int i = 0; i < 3; i++)
			thread(makes, count);
		works(count);
	}
	for (int i = 0; i < 30; i++) {
		usleep(500);
		CHECK(kill(pid, SIGSTOP) == 0);
		CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
		// Every thread, by what /proc says, and by what it does not do.
		usleep(2000);
		long before = __atomic_load_n(count, __ATOMIC_RELAXED);
		usleep(2000);
		errno = 0;
		CHECK(__atomic_load_n(count, __ATOMIC_RELAXED) == before);
		CHECK(kill(pid, SIGCONT) == 0);
		while (__atomic_load_n(count, __ATOMIC_RELAXED) == before)
			usleep(100);
	}
	CHECK(kill(pid, SIGKILL) == 0);
	ends_by(pid, SIGKILL);
	puts("30 stops");
	return 0;
}

// Every signal of many arrives, also while calls are answered by a supervisor.
static int flood(int argc, char **argv) {
	(void)argc, (void)argv;
	on(SIGRTMIN, hear, SA_RESTART);
	pid_t self = getpid(), pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		union sigval none = {0};
		for (int i = 0; i < 2000; i++)
			while (sigqueue(self, SIGRTMIN, none) < 0)
				CHECK(errno == EAGAIN && sched_yield() == 0);
		_exit(5);
	}
	char byte;
	while (heard < 2000) {
		CHECK(time(NULL) > 0 && getrandom(&byte, 1, 0) == 1);
	}
	ends_with(pid, 5);
	printf("%d signals\n", heard);
	return 0;
}

// Ends of all kinds come out as they are.
static int ends(int argc, char **argv) {
	(void)argc, (void)argv;
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGKILL, SIGSEGV, SIGPIPE, SIGALRM, SIGTERM};
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			signal(signals[i], SIG_DFL); // nohup(1) has us ignore one
			kill(getpid(), signals[i]);
			_exit(97);
		}
		ends_by(pid, signals[i]);
	}
	for (int code = 0; code < 256; code++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0)
			_exit(code);
		ends_with(pid, code);
	}
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) { // a breakpoint of its own
		__builtin_trap();
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	puts("all ends");
	return 0;
}

// A sleep that is interrupted by a signal says so, and one that is stopped goes on.
static int sleeps(int argc, char **argv) {
	(void)argc, (void)argv;
	on(SIGALRM, hear, 0);
	struct itimerval soon = {.it_value = {.tv_usec = 20000}};
	struct timespec day = {.tv_sec = 86400}, left;
	time_t before = time(NULL);
	CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	CHECK(nanosleep(&day, &left) == -1 && errno == EINTR && left.tv_sec == 86399);
	// What was not slept has not passed.
	CHECK(time(NULL) - before < 3600);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		struct timespec ms = {.tv_nsec = 300000000};
		before = time(NULL);
		CHECK(nanosleep(&ms, NULL) == 0 && nanosleep(&ms, NULL) == 0 && nanosleep(&ms, NULL) == 0 && nanosleep(&ms, NULL) == 0);
		_exit(time(NULL) > before ? 6 : 7);
	}
	usleep(100000);
	int status;
	CHECK(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(kill(pid, SIGCONT) == 0);
	ends_with(pid, 6);
	puts("slept");
	return 0;
}

int main(int argc, char **argv) {
	static const struct part parts[] = {{"jobs", jobs}, {"group", group}, {"flood", flood}, {"ends", ends}, {"sleeps", sleeps}, {0}};
	return run_part(parts, argc, argv);
}
