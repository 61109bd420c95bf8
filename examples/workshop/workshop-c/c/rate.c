#include "price.h"
#include "tax.h"

int64_t workshop_tax_percent(void)
{
	return TAX_PERCENT;
}
