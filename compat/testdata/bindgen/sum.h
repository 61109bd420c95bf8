#include <stdint.h>

int32_t sum(int32_t a, int32_t b);
