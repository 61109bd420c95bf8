// Looks for files in every way that is noted by the program itself, so often that all
// of it happens: the first time, the second, and with the buffer full. Each part checks
// what the calls answer; what of it was recorded checks the test.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void must(int holds, const char *what, ...)
{
	if (holds)
		return;
	va_list list;
	va_start(list, what);
	vprintf(what, list);
	printf(": %s\n", strerror(errno));
	exit(1);
}

// look looks for a name that is not there, by the call of a number.
static void look(int how, const char *name)
{
	struct stat st;
	struct statx stx;
	int r = 0;
	errno = 0;
	switch (how % 4) {
	case 0: r = open(name, O_RDONLY | O_CLOEXEC); break;
	case 1: r = access(name, R_OK); break;
	case 2: r = stat(name, &st); break;
	case 3: r = statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_SIZE, &stx); break;
	}
	must(r == -1 && errno == ENOENT, "%s is there, %d", name, r);
}

static void several(const char *prefix, int count)
{
	char name[200];
	for (int i = 0; i < count; i++) {
		// As long as the names of headers are.
		snprintf(name, sizeof name, "%s-%s-%d", prefix, "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz", i);
		look(i, name);
	}
}

static void there(void)
{
	for (int i = 0; i < 1000; i++) {
		struct stat st;
		struct statx stx;
		int fd = open("/usr/bin/env", O_RDONLY);
		must(fd == 3, "open returns %d", fd);
		must(stat("/usr/bin/env", &st) == 0, "stat");
		must(statx(AT_FDCWD, "/usr/bin/env", 0, STATX_SIZE, &stx) == 0, "statx");
		must(st.st_size > 1000 && (long)stx.stx_size == st.st_size, "sizes %ld, %ld", (long)st.st_size, (long)stx.stx_size);
		must(fstat(fd, &st) == 0 && (long)stx.stx_size == st.st_size, "fstat");
		must(access("/usr/bin/env", X_OK) == 0, "access");
		must(open("/usr/bin/env/below", O_RDONLY) == -1 && errno == ENOTDIR, "below a file");
		must(open("/usr", O_RDONLY | O_DIRECTORY) == 4 && close(4) == 0, "a directory");
		close(fd);
	}
}

static void relative(void)
{
	must(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0, "mkdir");
	several("first", 20);
	must(chdir("a") == 0, "chdir");
	several("second", 20);
	int b = open("b", O_RDONLY | O_DIRECTORY);
	must(b >= 0 && fchdir(b) == 0, "fchdir");
	several("third", 20);
	must(rename("/work/a", "/work/c") == 0, "rename");
	several("fourth", 20);
	several("../fifth", 20);
	must(chdir("/nowhere") == -1, "chdir");
	several("sixth", 20);
}

// Children that begin with a buffer that is nearly full, is full, and is empty again.
static void full(void)
{
	several("first", 820);
	for (int i = 0; i < 120; i++) {
		several("more", 1);
		int status;
		pid_t child = fork();
		if (child == 0) {
			several("child", 300);
			_exit(0);
		}
		must(waitpid(child, &status, 0) == child && status == 0, "child %d: %x", i, status);
	}
}

// Files that are made, written, and not to be made twice.
static void writes(void)
{
	char name[64];
	for (int i = 0; i < 200; i++) {
		struct stat st;
		snprintf(name, sizeof name, "new-%d", i);
		int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
		must(fd == 3 && write(fd, "text", 4) == 4 && close(fd) == 0, "%s", name);
		must(stat(name, &st) == 0 && st.st_size == 4 && (st.st_mode & 0777) == 0640, "size %ld, mode %o", (long)st.st_size, st.st_mode);
		must(open(name, O_RDWR | O_CREAT | O_EXCL, 0644) == -1 && errno == EEXIST, "%s is new", name);
		must((fd = open(name, O_RDONLY)) == 3 && close(fd) == 0, "reading");
		must((fd = open(name, O_RDWR)) == 3 && read(fd, name, 4) == 4 && close(fd) == 0 && !memcmp(name, "text", 4), "reading");
		snprintf(name, sizeof name, "only-%d", i);
		must((fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600)) == 3 && close(fd) == 0, "%s is not new", name);
		must((fd = open("/work", O_RDWR | O_TMPFILE, 0600)) == 3 && close(fd) == 0, "without a name");
		must((fd = open("/dev/null", O_WRONLY)) == 3 && write(fd, "x", 1) == 1 && close(fd) == 0, "/dev/null");
		must(open("/usr/new", O_WRONLY | O_CREAT, 0644) == -1 && errno == EROFS, "what may not be written");
		must(open("nowhere/new", O_WRONLY | O_CREAT, 0644) == -1 && errno == ENOENT, "nowhere");
		must(faccessat(AT_FDCWD, "/usr/bin/env", X_OK, AT_EACCESS) == 0, "faccessat");
		must(faccessat(AT_FDCWD, "missing", X_OK, AT_EACCESS) == -1 && errno == ENOENT, "faccessat of nothing");
	}
}

// Files that are made through a link, which is removed at once and is another one next.
static void links(void)
{
	for (int i = 0; i < 200; i++) {
		char name[64];
		must(symlink(i % 2 ? "one" : "two", "link") == 0, "symlink");
		snprintf(name, sizeof name, "link/through-%d", i);
		int fd = open(name, O_WRONLY | O_CREAT, 0640);
		must(fd == 3 && close(fd) == 0, "%s", name);
		must(unlink("link") == 0, "a link");
	}
}

// Programs that are begun: by a process that has noted nothing, one that has, one that finds
// some of them missing, and one that borrows its memory.
static void begins(const char *self)
{
	char *volatile nowhere = (char *)1, *none[] = {(char *)self, "ended", NULL}, *missing[] = {"nothing", NULL};
	several("before", 20);
	for (int i = 0; i < 40; i++) {
		int borrows = i % 2, notes = i / 2 % 2, fails = i / 4 % 2;
		pid_t child = borrows ? vfork() : fork();
		if (child == 0) {
			if (notes && access("noted-here", R_OK) == 0)
				_exit(9);
			if (i / 8 % 2 && (chdir("/usr") != 0 || execve("no-program", missing, NULL) != -1 || errno != ENOENT || chdir("/work") != 0))
				_exit(6);
			if (fails && (execve("/nowhere/program", missing, NULL) != -1 || errno != ENOENT ||
				      execve("nothing", missing, NULL) != -1 || errno != ENOENT ||
				      execve("script", missing, NULL) != -1 || errno != ENOENT ||
				      execve("/usr/bin/env/x", missing, NULL) != -1 || errno != ENOTDIR ||
				      execve("/usr", missing, NULL) != -1 || errno != EACCES ||
				      execve(nowhere, missing, NULL) != -1 || errno != EFAULT))
				_exit(8);
			execve(self, none, environ);
			_exit(7);
		}
		int status;
		must(waitpid(child, &status, 0) == child && status == 3 << 8, "child %d ends with %#x", i, status);
	}
	several("behind", 20);
}

// What has no name to read, or one that is too long for an entry.
static void strange(void)
{
	char dots[1500], component[300];
	memset(dots, '/', sizeof dots);
	memcpy(dots + sizeof dots - 5, "/usr", 5);
	memset(component, 'x', sizeof component);
	component[sizeof component - 1] = 0;
	for (int i = 0; i < 300; i++) {
		struct stat st;
		must(open((char *)1, O_RDONLY) == -1 && errno == EFAULT, "open of 1");
		must(access((char *)-4096, R_OK) == -1 && errno == EFAULT, "access of the last page");
		must(stat("/usr/bin/env", (struct stat *)1) == -1 && errno == EFAULT, "stat to 1");
		must(open("", O_RDONLY) == -1 && errno == ENOENT, "nothing");
		must(stat(dots, &st) == 0 && S_ISDIR(st.st_mode), "dots");
		int fd = open(dots, O_RDONLY);
		must(fd == 3 && close(fd) == 0, "open of dots: %d", fd);
		must(access(component, R_OK) == -1 && errno == ENAMETOOLONG, "a long name");
		must(open("/nowhere/new", O_WRONLY | O_CREAT, 0644) == -1 && errno == ENOENT, "writing");
		must(open("/proc/self/root/usr/bin/env", O_RDONLY | O_NOFOLLOW) == 3 && close(3) == 0, "through /proc");
	}
	several("after", 20);
}

static void same(const char *name)
{
	static char first[1 << 16];
	static ssize_t length;
	char text[sizeof first];
	int fd = open(name, O_RDONLY);
	must(fd >= 0, "%s", name);
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	if (length == 0)
		memcpy(first, text, length = n);
	must(n == length && memcmp(first, text, n) == 0, "%s is another file", name);
}

// Files that are shown: the first time, when the calls are noted, and from their directory.
static void shown(void)
{
	same("/proc/cpuinfo");
	several("first", 20);
	for (int i = 0; i < 20; i++)
		same("/proc/cpuinfo");
	must(chdir("/proc") == 0, "chdir");
	for (int i = 0; i < 20; i++)
		same("cpuinfo");
	must(chdir("/work") == 0, "chdir");
	several("second", 20);
	char one[16], other[16];
	for (int i = 0; i < 20; i++) {
		int fd = open("/dev/urandom", O_RDONLY);
		must(fd == 3 && read(fd, i ? other : one, 16) == 16 && close(fd) == 0, "urandom");
		must(i == 0 || memcmp(one, other, 16) != 0, "the same bytes again");
	}
}

static void *thread(void *prefix)
{
	several(prefix, 3000);
	return NULL;
}

static void threads(int before)
{
	static char *prefixes[] = {"w", "x", "y", "z"};
	pthread_t t[4];
	if (before)
		several("alone", 8);
	for (int i = 0; i < 4; i++)
		must(pthread_create(&t[i], NULL, thread, prefixes[i]) == 0, "a thread");
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

static void forks(void)
{
	several("before", 20);
	for (int i = 0; i < 30; i++) {
		char prefix[20];
		pid_t child = i % 2 ? fork() : vfork();
		if (child == 0) {
			if (i % 2) {
				snprintf(prefix, sizeof prefix, "child%d", i);
				several(prefix, 20);
				_exit(i);
			}
			for (int j = 0; j < 20; j++)
				if (access("vforked", R_OK) == 0)
					_exit(99);
			_exit(i);
		}
		int status;
		must(waitpid(child, &status, 0) == child && status == i << 8, "child %d ends with %#x", i, status);
	}
	several("behind", 20);
}

static volatile int over;

static void *busy(void *prefix)
{
	while (!over)
		several(prefix, 300);
	return NULL;
}

// A program that forks while its other threads look for files.
static void crowd(void)
{
	pthread_t t[2];
	several("before", 20);
	must(pthread_create(&t[0], NULL, busy, "x") == 0 && pthread_create(&t[1], NULL, busy, "y") == 0, "threads");
	for (int i = 0; i < 60; i++) {
		char prefix[20];
		pid_t child = fork();
		if (child == 0) {
			snprintf(prefix, sizeof prefix, "child%d", i);
			several(prefix, 20);
			_exit(i);
		}
		int status;
		must(waitpid(child, &status, 0) == child && status == i << 8, "child %d ends with %#x", i, status);
	}
	over = 1;
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
}

static void ends(int signal)
{
	several("last", 100);
	if (signal)
		raise(signal);
	_exit(3);
}

static volatile sig_atomic_t handled;

static void handler(int signal)
{
	(void)signal;
	int before = errno;
	char name[] = "in-handler-0";
	name[11] += handled++ % 10;
	struct stat st;
	stat(name, &st);
	errno = before;
}

// Signals arrive at every instruction of the code.
static void interrupted(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &action, NULL);
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer");
	struct itimerspec each = {{0, 1000000}, {0, 1000000}};
	must(timer_settime(timer, 0, &each, NULL) == 0, "timer");
	for (int i = 0; i < 10; i++) {
		several("first", 3000);
		several("second", 3000);
	}
	must(handled > 10, "%d signals", handled);
}

static int cleaned;

static void clean(void *unused)
{
	(void)unused;
	cleaned++;
}

static void *opener(void *pipe)
{
	pthread_cleanup_push(clean, NULL);
	several("opener", 20);
	open(pipe, O_RDONLY); // waits for somebody who writes
	pthread_cleanup_pop(0);
	return NULL;
}

// A thread that is cancelled while it opens a file.
static void cancelled(void)
{
	must(mkfifo("pipe", 0600) == 0, "mkfifo");
	for (int i = 0; i < 20; i++) {
		pthread_t t;
		void *result;
		must(pthread_create(&t, NULL, opener, "pipe") == 0, "a thread");
		usleep(i % 2 ? 20000 : 0);
		must(pthread_cancel(t) == 0 && pthread_join(t, &result) == 0, "cancel");
		must(result == PTHREAD_CANCELED && cleaned == i + 1, "%d of %d cleaned", cleaned, i + 1);
	}
}

// A program that writes what it likes where its names are noted: above what the kernel
// laid on its stack.
static void scribbles(void)
{
	uint64_t *p = (uint64_t *)environ;
	while (*p++)
		;
	while (*p)
		p += 2;
	p += 2;
	several("before", 40);
	must(chdir("/work") == 0, "chdir"); // what was noted is read
	uint64_t x = 88172645463325252u;
	for (int i = 0; i < 2000; i++) {
		for (int j = 0; j < 8192; j += 1 + i % 97) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17; // xorshift64
			uint64_t entry = (x & 0xffff0000ff0003ffu) | (uint64_t)(i % 3) << 32;
			p[j] = i % 5 ? entry : x;
		}
		struct stat st;
		stat("/nowhere/at-all", &st);
		access("here", R_OK);
		if (i % 100 == 0)
			must(chdir("/work") == 0, "chdir");
	}
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	if (!strcmp(part, "many")) several("/work/m", 5000);
	else if (!strcmp(part, "there")) there();
	else if (!strcmp(part, "relative")) relative();
	else if (!strcmp(part, "full")) full();
	else if (!strcmp(part, "writes")) writes();
	else if (!strcmp(part, "links")) links();
	else if (!strcmp(part, "begins")) begins(argv[0]);
	else if (!strcmp(part, "strange")) strange();
	else if (!strcmp(part, "shown")) shown();
	else if (!strcmp(part, "threads")) threads(1);
	else if (!strcmp(part, "unprepared")) threads(0);
	else if (!strcmp(part, "forks")) forks();
	else if (!strcmp(part, "crowd")) crowd();
	else if (!strcmp(part, "ended")) ends(0);
	else if (!strcmp(part, "aborted")) ends(SIGABRT);
	else if (!strcmp(part, "terminated")) ends(SIGTERM);
	else if (!strcmp(part, "interrupted")) interrupted();
	else if (!strcmp(part, "scribbles")) scribbles();
	else if (!strcmp(part, "cancelled")) cancelled();
	else if (!strcmp(part, "replaced")) {
		several("before", 100);
		execl(argv[0], argv[0], "ended", (char *)NULL);
	} else return 2;
	printf("done\n");
	return 0;
}
