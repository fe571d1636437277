"""Sums as the vendor writes them, and which of them we take."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from crm_marketplace.integrations.marketplaces.wildberries.payloads import Task
from crm_marketplace.integrations.records import Money
from crm_marketplace.integrations.translation import unexpected

# Of a task's sums we take the one in the currency of the seller's country, with all discounts but that for
# paying with the marketplace's wallet. Every method tells it; the seller's price before the marketplace's
# own discount (`salePrice`) comes with new tasks only, and a sum that changes with the method would change
# documents. UNCONFIRMED: that it equals `retailAmount` of the sales report. "For information", says the
# specification of all of them; what is paid out is in the reports.
PRICE_FIELD, CURRENCY_FIELD = "converted_price", "converted_currency_code"

# ISO 4217, for the countries the marketplace sells in or from.
CURRENCIES: Mapping[int, str] = {
	643: "RUB",
	933: "BYN",
	398: "KZT",
	417: "KGS",
	51: "AMD",
	860: "UZS",
	972: "TJS",
	944: "AZN",
	981: "GEL",
	498: "MDL",
	934: "TMT",
	496: "MNT",
	949: "TRY",
	156: "CNY",
	344: "HKD",
	784: "AED",
	840: "USD",
	978: "EUR",
}


def task_price(task: Task) -> Money:
	"""What the unit of a task was sold for.

	Raises:
		ContractError: there is no sum, or its currency is not known.
	"""
	hundredths, code = getattr(task, PRICE_FIELD), getattr(task, CURRENCY_FIELD)
	if hundredths is None:
		raise unexpected("convertedPrice", "nothing")
	currency = CURRENCIES.get(code)
	if currency is None:
		raise unexpected("convertedCurrencyCode", "unknown currency", str(code))
	return Money(amount=Decimal(hundredths) / 100, currency=currency)
