// Programs that begin in unusual ways.
#include "common.h"

extern char **environ;
static const char self[] = "/proc/thread-self/exe"; // of a process whose first thread has ended there is no other

// In a child: begins this program again with a part and an argument.
static void again(const char *part, const char *arg) {
	execl(self, "execs", part, arg, NULL);
	CHECK(!"exec");
}

static void *executes(void *left) {
	again("thread", left);
	return NULL;
}

static void *waits(void *arg) {
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void *asks(void *arg) {
	(void)arg;
	struct timespec ms = {.tv_nsec = 1000000};
	for (;;) {
		time(NULL);
		nanosleep(&ms, NULL);
	}
	return NULL;
}

// Another thread than the first begins a program, while the others wait, sleep
// and ask; so many times.
static int from_thread(int argc, char **argv) {
	int left = argc > 0 ? atoi(argv[0]) : 10;
	if (left == 0) {
		printf("process %d of one thread\n", getpid() == syscall(SYS_gettid));
		return 9;
	}
	static char text[20];
	sprintf(text, "%d", left - 1);
	for (int i = 0; i < 10; i++)
		thread(i % 2 ? waits : asks, NULL);
	thread(executes, text);
	if (left % 2)
		pthread_exit(NULL); // the first thread is a zombie then
	waits(NULL);
	return 1;
}

// An exec that fails says why, and the program goes on.
static int fails(int argc, char **argv) {
	(void)argc, (void)argv;
	char *args[] = {"x", NULL};
	CHECK(execv("no-such-program", args) == -1 && errno == ENOENT);
	CHECK(execv("/usr", args) == -1 && errno == EACCES);
	int fd = open("broken", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	CHECK(fd >= 0 && write(fd, "nothing", 7) == 7 && close(fd) == 0);
	CHECK(execv("broken", args) == -1 && errno == ENOEXEC);
	fd = open("script", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	CHECK(fd >= 0 && write(fd, "#!/no/interpreter\n", 18) == 18 && close(fd) == 0);
	CHECK(execv("script", args) == -1 && errno == ENOENT);
	puts("goes on");
	return 0;
}

static void *executes_late(void *arg) {
	execl("late", "late", NULL);
	return arg;
}

// An exec that fails when the old program is gone already: its only segment is
// where no segment can be.
static int too_late(int argc, char **argv) {
	(void)argc, (void)argv;
	unsigned char elf[120] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	elf[16] = 2, elf[18] = 62, elf[20] = 1, elf[32] = 64, elf[52] = 64, elf[54] = 56, elf[56] = 1; // ET_EXEC, EM_X86_64
#ifdef __aarch64__
	elf[18] = 183;
#endif
	elf[64] = 1, elf[68] = 5; // PT_LOAD, r-x
	memset(elf + 64 + 16, 0xf0, 7); // p_vaddr
	elf[64 + 32 + 1] = 1, elf[64 + 40 + 1] = 1; // 256 bytes
	int fd = open("late", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	CHECK(fd >= 0 && write(fd, elf, sizeof elf) == sizeof elf && close(fd) == 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			if (i % 2) { // by another thread, whose number then has no end of its own
				thread(waits, NULL);
				thread(executes_late, NULL);
				waits(NULL);
			}
			execl("late", "late", NULL);
			_exit(95);
		}
		int status;
		CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	}
	puts("20 died");
	return 0;
}

static int count_environment(void) {
	int n = 0;
	while (environ[n])
		n++;
	return n;
}

// What begins with so many words, or none.
static int words(int argc, char **argv) {
	(void)argv;
	size_t length = 0;
	for (int i = 0; i < argc; i++)
		length += strlen(argv[i]) + 1;
	printf("%d arguments of %zu bytes, %d variables\n", argc, length, count_environment());
	return 0;
}

static int large(int argc, char **argv) {
	(void)argc, (void)argv;
	enum { arguments = 10, size = 100 << 10 };
	char *args[arguments + 3] = {"execs", "words"}, *env[arguments + 1] = {0};
	for (int i = 0; i < arguments; i++) {
		args[i + 2] = malloc(size);
		memset(args[i + 2], 'a' + i, size - 1);
		args[i + 2][size - 1] = 0;
		env[i] = strdup(args[i + 2]);
		env[i][3] = '=';
	}
	execve(self, args, env);
	CHECK(!"exec");
	return 1;
}

// No argument at all: the kernel makes one of it (since 5.18).
static int none(int argc, char **argv) {
	(void)argc, (void)argv;
	char *args[] = {NULL}, *env[] = {NULL};
	execve(self, args, env);
	CHECK(!"exec");
	return 1;
}

// A file in memory, by descriptor.
static int memory(int argc, char **argv) {
	(void)argc, (void)argv;
	int from = open(self, O_RDONLY | O_CLOEXEC), to = memfd_create("program", MFD_CLOEXEC);
	char data[1 << 16];
	ssize_t n;
	CHECK(from >= 0 && to >= 0);
	while ((n = read(from, data, sizeof data)) > 0)
		CHECK(write(to, data, n) == n);
	char *args[] = {"execs", "words", "one", NULL}, *env[] = {"A=b", NULL};
	syscall(SYS_execveat, to, "", args, env, AT_EMPTY_PATH);
	CHECK(!"exec");
	return 1;
}

// Four scripts, each run by the next.
static int chain(int argc, char **argv) {
	(void)argc, (void)argv;
	char dir[4096], line[5000];
	CHECK(getcwd(dir, sizeof dir) != NULL);
	for (int i = 0; i < 4; i++) {
		char name[20];
		sprintf(name, "chain%d", i);
		int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
		int n = i == 3 ? sprintf(line, "#!/bin/sh\necho $#; exit 11\n") : sprintf(line, "#!%s/chain%d\n", dir, i + 1);
		CHECK(fd >= 0 && write(fd, line, n) == n && close(fd) == 0);
	}
	execl("chain0", "chain0", "x", NULL);
	CHECK(!"exec");
	return 1;
}

// posix_spawn, and what it says of a program that is not there.
static int spawns(int argc, char **argv) {
	(void)argc, (void)argv;
	char *args[] = {"execs", "code", "33", NULL};
	pid_t pid;
	for (int i = 0; i < 50; i++) {
		CHECK(posix_spawn(&pid, self, NULL, NULL, args, environ) == 0);
		ends_with(pid, 33);
		CHECK(posix_spawn(&pid, "no-such-program", NULL, NULL, args, environ) == ENOENT);
	}
	CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	puts("50 spawned");
	return 0;
}

static int code(int argc, char **argv) { return argc > 0 ? atoi(argv[0]) : 0; }

// A program of which the kernel says nothing to others.
static int hidden(int argc, char **argv) {
	(void)argc, (void)argv;
	CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
	char bytes[32];
	struct timespec ms = {.tv_nsec = 1000000};
	CHECK(time(NULL) > 0 && getrandom(bytes, sizeof bytes, 0) == sizeof bytes && nanosleep(&ms, NULL) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		again("code", "34");
	ends_with(pid, 34);
	puts("hidden");
	return 0;
}

static int descriptors(int argc, char **argv) {
	(void)argc, (void)argv;
	int n = 0;
	while (n < 1000 && dup(0) >= 0)
		n++;
	CHECK(time(NULL) > 0);
	char *args[] = {"execs", "code", "35", NULL};
	pid_t pid;
	CHECK(posix_spawn(&pid, self, NULL, NULL, args, environ) == 0);
	ends_with(pid, 35);
	printf("%d descriptors\n", n);
	return 0;
}

int main(int argc, char **argv) {
	static const struct part parts[] = {
		{"thread", from_thread}, {"fails", fails}, {"late", too_late}, {"words", words}, {"large", large}, {"none", none},
		{"memory", memory}, {"chain", chain}, {"spawns", spawns}, {"code", code}, {"hidden", hidden}, {"descriptors", descriptors}, {0},
	};
	if (argc == 1 && count_environment() == 0) {
		printf("begun with nothing but `%s`\n", argv[0]);
		return 0;
	}
	return run_part(parts, argc, argv);
}
