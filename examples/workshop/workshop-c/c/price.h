#ifndef WORKSHOP_PRICE_H
#define WORKSHOP_PRICE_H

#include <stdint.h>

/* What a customer pays for a net price, in cents, rounded half up. */
int64_t workshop_gross(int64_t net);

/* The tax that is built in, in percent. */
int64_t workshop_tax_percent(void);

#endif
