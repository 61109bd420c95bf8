#include "price.h"
#include "tax.h"

int64_t workshop_gross(int64_t net)
{
	return net + (net * TAX_PERCENT + 50) / 100;
}
