#ifndef WORKSHOP_TAX_H
#define WORKSHOP_TAX_H

/* A distribution may build with another rate: -DTAX_PERCENT=7. */
#ifndef TAX_PERCENT
#define TAX_PERCENT 19
#endif

#endif
