// source: the time zone
// state: held
// control: host: a world has its own, also without the hold
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>

int main(void) {
	time_t zero = 0;
	struct tm t;
	char text[100];
	localtime_r(&zero, &t);
	strftime(text, sizeof text, "%c %Z %z", &t);
	printf("%s %ld\n", text, timezone);
}
