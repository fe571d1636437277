"""What a listing should cost in a shop, and whether that may be sent.

The price comes from the shop's Price List; rules raise, round and bound it. Three guards hold a price back
instead of sending it: no sense (zero, wrong currency), a loss (under cost, expected fees and the margin
asked for, or a cost it cannot be compared with), and a leap (more than the shop allows in one run: usually
a slip of the keyboard).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from crm_marketplace.integrations.records import StrEnum
from crm_marketplace.rules.holds import _

HUNDRED = Decimal(100)
TEN = Decimal(10)
ROUBLE = Decimal(1)
KOPECK = Decimal("0.01")


class Rounding(StrEnum):
	"""How prices end."""

	NONE = "Kopeck"
	WHOLE = "Whole"
	TENS = "Tens"
	ENDS_IN_9 = "Ends in 9"
	ENDS_IN_99 = "Ends in 99"


@dataclass(frozen=True, slots=True)
class PricePolicy:
	"""How a shop makes its prices. Percentages are per cent.

	Args:
		markup: added to the Price List's price.
		old_price_markup: how much higher the crossed-out price is; 0 for none.
		minimum_price_share: lowest price promotions may go to, of the price; 0 sends none.
		minimum_margin: least margin of the price after cost and fees; None switches the guard off.
		fee_share: expected fees where the marketplace tells none.
		maximum_change: largest change of a price in one run; 0 for no limit.
		step: the marketplace takes multiples of it.
		old_price_by_percent: it keeps a discount in whole per cent, from which the old price follows.
		keeps_old_price, keeps_minimum_price: whether it keeps one at all, for this listing.
		cost_currency: what costs are in; None for the shop's currency.
		cost_rate: units of the shop's currency for one of it; None when the books have no rate.
	"""

	currency: str
	markup: Decimal = Decimal(0)
	rounding: Rounding = Rounding.NONE
	old_price_markup: Decimal = Decimal(0)
	minimum_price_share: Decimal = Decimal(0)
	minimum_margin: Decimal | None = None
	fee_share: Decimal = Decimal(0)
	maximum_change: Decimal = Decimal(0)
	step: Decimal = KOPECK
	old_price_by_percent: bool = False
	keeps_old_price: bool = True
	keeps_minimum_price: bool = True
	cost_currency: str | None = None
	cost_rate: Decimal | None = Decimal(1)


@dataclass(frozen=True, slots=True)
class PricedItem:
	"""An item of a listing.

	Args:
		qty: units in one sale.
		rate: from the Price List, tax included; None when it has none.
		cost: what a unit costs us (valuation rate, else last purchase rate), in the currency of costs; None
			when nobody knows.
	"""

	item_code: str
	qty: Decimal = Decimal(1)
	rate: Decimal | None = None
	currency: str | None = None
	cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChannelPrice:
	"""What the marketplace shows now. Of a listing that was never read nothing is known.

	Args:
		fees: what it would keep of one sale at this price.
		fee_rate: per cent of the price among the fees; the rest (delivery, storage) does not follow the price.
	"""

	price: Decimal | None = None
	currency: str | None = None
	fees: Decimal | None = None
	fee_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceHold:
	"""Why a price is not sent."""

	code: str
	values: tuple[str, ...] = ()
	details: Mapping[str, str] = field(default_factory=dict)

	@property
	def text(self) -> str:
		return PRICE_HOLDS[self.code].format(*self.values)


PRICE_HOLDS: Mapping[str, str] = {
	"no_price": _("The price list has no price for {0}."),
	"zero_price": _("The price would be {0}. Prices of zero are never sent."),
	"currency": _("The price is in {0}, the shop sells in {1}."),
	"cost_currency": _(
		"There is no exchange rate from {0} to {1}, so that the price cannot be compared with the cost."
	),
	"loss": _("{0} is less than cost {1} + fees {2} + margin {3} = {4}."),
	"leap": _("{0} → {1} is a change of {2} %, the shop allows {3} % in one run."),
}
# What a person can do about each.
PRICE_WAYS_OUT: Mapping[str, str] = {
	"no_price": _("Add the price to the price list. The next run takes it."),
	"zero_price": _("Correct the price in the price list, or the markup of the shop."),
	"currency": _("Choose a price list in the currency of the shop."),
	"cost_currency": _("Add a Currency Exchange for selling. The next run takes it."),
	"loss": _("Raise the price, or let this one through if it is meant."),
	"leap": _("Correct the price if it is a slip, or let this one through if it is meant."),
}
# A person may let these through; the others have to be mended.
MAY_BE_CONFIRMED = frozenset({"loss", "leap"})

PRICE_LABELS: Mapping[str, str] = {
	"base": _("in the price list"),
	"markup": _("markup of the shop"),
	"rounding": _("rounding"),
}


@dataclass(frozen=True, slots=True)
class PriceTerm:
	"""One step from the price list to the price; together they are the price."""

	code: str
	label: str
	value: Decimal


@dataclass(frozen=True, slots=True)
class PriceDecision:
	"""What a listing should cost. With a hold nothing is sent. Sums are in the policy's currency."""

	price: Decimal = Decimal(0)
	terms: tuple[PriceTerm, ...] = ()
	old_price: Decimal | None = None
	minimum_price: Decimal | None = None
	cost: Decimal | None = None
	fees: Decimal = Decimal(0)
	hold: PriceHold | None = None

	@property
	def margin(self) -> Decimal | None:
		"""What is left of one sale, None when the cost is not known."""
		return None if self.cost is None else self.price - self.cost - self.fees


def decide_price(
	items: Sequence[PricedItem], channel: ChannelPrice, policy: PricePolicy, *, is_confirmed: bool = False
) -> PriceDecision:
	"""The price of a listing, or why it is held.

	Args:
		items: its item, or the items of its kit.
		is_confirmed: a person said that this very price may be sent in spite of a guard.
	"""
	missing = [item.item_code for item in items if item.rate is None]
	if missing or not items:
		return PriceDecision(hold=PriceHold("no_price", (", ".join(missing) or "-",)))
	foreign = _foreign_currency(items, channel, policy)
	if foreign:
		return PriceDecision(hold=foreign)
	base = sum((item.rate * item.qty for item in items if item.rate is not None), Decimal(0))
	raised = base * (HUNDRED + policy.markup) / HUNDRED
	price = round_price(raised, policy.rounding, policy.step) if raised > 0 else Decimal(0)
	if price <= 0:
		return PriceDecision(hold=PriceHold("zero_price", (f"{raised:.2f} {policy.currency}",)))
	decision = PriceDecision(
		price=price,
		terms=_terms(base, raised, price),
		old_price=_old_price(price, policy),
		minimum_price=_minimum_price(price, policy),
		cost=_cost(items, policy),
		fees=_fees(price, channel, policy),
	)
	return decision if is_confirmed else replace(decision, hold=_guard(decision, items, channel, policy))


def round_price(price: Decimal, rounding: Rounding, smallest: Decimal = KOPECK) -> Decimal:
	"""A price as it should end. Never rounds a positive price down to nothing.

	Args:
		smallest: the price is a multiple of it, whatever the rounding.
	"""
	if rounding is Rounding.NONE:
		return _to_multiple(price, smallest, smallest)
	if rounding is Rounding.WHOLE:
		return _to_multiple(price, ROUBLE, smallest)
	if rounding is Rounding.TENS:
		return _to_multiple(price, TEN, smallest)
	step, ending = (TEN, 9) if rounding is Rounding.ENDS_IN_9 else (HUNDRED, 99)
	if price <= ending:
		return _to_multiple(price, ROUBLE, smallest)  # 9 or 99 would be a leap for what costs less
	return _to_multiple(price + 1, step, smallest) - 1


# --- inside ----------------------------------------------------------------------------------------


def _foreign_currency(
	items: Sequence[PricedItem], channel: ChannelPrice, policy: PricePolicy
) -> PriceHold | None:
	"""A price list in another currency than the shop's; a listing the marketplace keeps in another one."""
	listed = next((item.currency for item in items if item.currency not in (None, "", policy.currency)), None)
	if listed:
		return PriceHold("currency", (listed, policy.currency))
	if channel.currency and channel.currency != policy.currency:
		return PriceHold("currency", (policy.currency, channel.currency))
	return None


def _terms(base: Decimal, raised: Decimal, price: Decimal) -> tuple[PriceTerm, ...]:
	values = {"base": base, "markup": raised - base, "rounding": price - raised}
	return tuple(
		PriceTerm(code, PRICE_LABELS[code], value)
		for code, value in values.items()
		if code == "base" or value
	)


def _old_price(price: Decimal, policy: PricePolicy) -> Decimal | None:
	"""The crossed-out price; one that is no higher than the price says nothing."""
	if not policy.old_price_markup or not policy.keeps_old_price:
		return None
	old: Decimal | None = _share(price, HUNDRED + policy.old_price_markup)
	if old is not None and old > price and policy.old_price_by_percent:
		old = _by_percent(price, old)
	return old if old is not None and old > price else None


def _by_percent(price: Decimal, old: Decimal) -> Decimal | None:
	"""The old price as it will be read back where only its discount is kept, in whole per cent: a whole sum
	that leads to the same discount again. None where there is no whole per cent between the two.
	"""
	while discount := ((1 - price / old) * HUNDRED).quantize(Decimal(1), ROUND_HALF_EVEN):
		if discount >= HUNDRED:
			return old
		kept = (price * HUNDRED / (HUNDRED - discount)).quantize(Decimal(1), ROUND_CEILING)
		if kept == old:
			return old
		old = kept
	return None


def _minimum_price(price: Decimal, policy: PricePolicy) -> Decimal | None:
	"""Promotions may go down to it, never up; 0 would allow them to give the goods away."""
	if not policy.keeps_minimum_price:
		return None
	return min(price, _share(price, policy.minimum_price_share)) or None


def _guard(
	decision: PriceDecision, items: Sequence[PricedItem], channel: ChannelPrice, policy: PricePolicy
) -> PriceHold | None:
	return _no_cost_rate(items, policy) or _loss(decision, policy) or _leap(decision.price, channel, policy)


def _no_cost_rate(items: Sequence[PricedItem], policy: PricePolicy) -> PriceHold | None:
	"""A cost that is known, in a currency the price cannot be compared with."""
	if policy.minimum_margin is None or policy.cost_rate is not None or _own_cost(items) is None:
		return None
	return PriceHold("cost_currency", (policy.currency, policy.cost_currency or ""))


def _loss(decision: PriceDecision, policy: PricePolicy) -> PriceHold | None:
	if policy.minimum_margin is None or decision.cost is None:
		return None
	margin = (decision.price * policy.minimum_margin / HUNDRED).quantize(KOPECK, ROUND_CEILING)
	floor = decision.cost + decision.fees + margin
	if decision.price >= floor:
		return None
	sums = (decision.price, decision.cost, decision.fees, margin, floor)
	return PriceHold("loss", tuple(f"{value.quantize(KOPECK)}" for value in sums))


def _leap(price: Decimal, channel: ChannelPrice, policy: PricePolicy) -> PriceHold | None:
	if not policy.maximum_change or not channel.price:
		return None
	change = abs(price - channel.price) * HUNDRED / channel.price
	if change <= policy.maximum_change:
		return None
	told = change.quantize(Decimal("0.1"), ROUND_HALF_UP)
	if told <= policy.maximum_change:
		told = change.quantize(Decimal("0.1"), ROUND_CEILING)  # 30.04 must not read as 30 of 30
	values = (f"{channel.price:.2f}", f"{price:.2f}", f"{told}", f"{policy.maximum_change.normalize():f}")
	return PriceHold("leap", values)


def _cost(items: Sequence[PricedItem], policy: PricePolicy) -> Decimal | None:
	"""In the currency of the price."""
	cost = _own_cost(items)
	return None if cost is None or policy.cost_rate is None else (cost * policy.cost_rate).quantize(KOPECK)


def _own_cost(items: Sequence[PricedItem]) -> Decimal | None:
	"""In the currency of costs."""
	if any(item.cost is None for item in items):
		return None
	return sum((item.cost * item.qty for item in items if item.cost is not None), Decimal(0))


def _fees(price: Decimal, channel: ChannelPrice, policy: PricePolicy) -> Decimal:
	"""The marketplace's own estimate carried over to the new price, else the shop's share."""
	if channel.fees is None or not channel.price:
		return (price * policy.fee_share / HUNDRED).quantize(KOPECK, ROUND_CEILING)
	if channel.fee_rate is not None:
		change = (price - channel.price) * channel.fee_rate / HUNDRED
		return max(Decimal(0), channel.fees + change).quantize(KOPECK, ROUND_CEILING)
	# What part follows the price is not known: assume the worse, for the guard must not be fooled.
	return max(channel.fees, channel.fees * price / channel.price).quantize(KOPECK, ROUND_CEILING)


def _share(price: Decimal, share: Decimal) -> Decimal:
	return (price * share / HUNDRED).quantize(Decimal(1), ROUND_HALF_UP)


def _to_multiple(price: Decimal, step: Decimal, smallest: Decimal) -> Decimal:
	"""The nearest multiple of `step`; where that is nothing, the multiple of a finer one below the price, down to
	`smallest`: the nearest might round up to `step` when it is rounded again.
	"""
	nearest = (price / step).quantize(Decimal(1), ROUND_HALF_UP) * step
	if nearest > 0:
		return nearest
	below = (
		(price / finer).quantize(Decimal(1), ROUND_FLOOR) * finer
		for finer in (ROUBLE, KOPECK)
		if smallest <= finer < step
	)
	return next((multiple for multiple in below if multiple > 0), smallest)
