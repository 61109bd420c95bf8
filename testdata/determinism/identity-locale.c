// source: language and character set
// state: held
// control: host: a world has its own, also without the hold
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>

int main(void) {
	const char *name = setlocale(LC_ALL, "");
	printf("%s %s\n", name ? name : "-", nl_langinfo(CODESET));
}
