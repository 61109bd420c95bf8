// source: the addresses of arguments and environment
// state: held
#include <stdio.h>

int main(int argc, char **argv, char **env) { printf("%d %p %p %p\n", argc, (void *)argv, (void *)argv[0], (void *)env[0]); }
