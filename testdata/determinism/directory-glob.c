// source: glob without sorting
// state: held
// needs: directories in memory
#include <glob.h>
#include <stdio.h>

int main(void) {
	glob_t g;
	if (glob("/in/few/*", GLOB_NOSORT, 0, &g)) return 1;
	for (size_t i = 0; i < g.gl_pathc; i++) puts(g.gl_pathv[i]);
}
