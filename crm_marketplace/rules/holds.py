"""Why an order waits for a person: the codes, and the sentence each one shows.

Sentences are English source strings marked for translation; `{0}` … are filled with the hold's values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def _(text: str) -> str:
	"""Mark for translation without translating: rules know no user and no language."""
	return text


@dataclass(frozen=True, slots=True)
class HoldKind:
	"""What a hold says and what releases it.

	Args:
		actions: names of the buttons, the first is the usual one.
		retry: whether trying again by itself may help (something outside the order may have changed).
	"""

	sentence: str
	next_step: str
	actions: tuple[str, ...]
	retry: bool = True


HOLD_KINDS: Mapping[str, HoldKind] = {
	"unknown_product": HoldKind(
		_("No item is linked to {0}."),
		_("Link the listing to an item, or create the item. The order then goes on by itself."),
		("map_listing", "create_item", "ignore"),
	),
	"item_disabled": HoldKind(
		_("Item {0} is disabled."),
		_("Enable the item, or link the listing to another one."),
		("map_listing", "retry", "ignore"),
	),
	"item_is_template": HoldKind(
		_("Item {0} is a template with variants and cannot be sold itself."),
		_("Link the listing to one of its variants."),
		("map_listing", "ignore"),
	),
	"warehouse_missing": HoldKind(
		_("The channel warehouse {0} has no ERPNext warehouse."),
		_("Open the shop and fill in the warehouse mapping."),
		("open_shop", "retry", "ignore"),
	),
	"price_list_missing": HoldKind(
		_("The shop has no price list."),
		_("Open the shop and choose a price list."),
		("open_shop", "retry", "ignore"),
	),
	"price_list_disabled": HoldKind(
		_("Price list {0} is disabled or is not for selling."),
		_("Enable it, or choose another price list in the shop."),
		("open_shop", "retry", "ignore"),
	),
	"taxes_missing": HoldKind(
		_("The taxes template {0} does not exist, is disabled, or belongs to another company."),
		_("Open the shop and choose a taxes template of its company."),
		("open_shop", "retry", "ignore"),
	),
	"charges_account_missing": HoldKind(
		_("The order has charges of {0} beside the goods, and the shop has no account for them."),
		_("Open the shop and choose the account for delivery and other charges."),
		("open_shop", "retry", "ignore"),
	),
	"currency_missing": HoldKind(
		_("The order is in {0}, and there is no way to bring it to the currency of the company."),
		_("Enable the currency and add an exchange rate, then try again."),
		("retry", "ignore"),
	),
	"bad_quantity": HoldKind(
		_("The quantity {0} of {1} cannot be ordered."),
		_("Look at the order in the marketplace's cabinet; ignore it here if it is a mistake."),
		("retry", "ignore"),
	),
	"no_lines": HoldKind(
		_("The order has no goods in it."),
		_("Look at the order in the marketplace's cabinet; ignore it here if it is a mistake."),
		("retry", "ignore"),
	),
	"stated_total_differs": HoldKind(
		_("The marketplace states a total of {0}, but its own lines add up to {1}."),
		_("Compare with the marketplace's cabinet. Accept the lines, or ignore the order with a reason."),
		("accept_rounding", "ignore"),
		retry=False,
	),
	"totals_differ": HoldKind(
		_("The Sales Order would total {0}, but the marketplace says {1}."),
		_(
			"Check the taxes template of the shop. Accept the difference as a rounding row, or ignore the order."
		),
		("accept_rounding", "open_shop", "retry", "ignore"),
	),
	"unreadable": HoldKind(
		_("The marketplace sent an order we cannot read: {0}"),
		_("The payload is kept. Report it; the order is read again with each run."),
		("retry", "ignore"),
	),
	"refused_by_erpnext": HoldKind(
		_("ERPNext does not take the order: {0}"),
		_("Correct what it says, then try again."),
		("retry", "open_shop", "ignore"),
	),
}


@dataclass(frozen=True, slots=True)
class Hold:
	"""An order that waits: its kind, values for the sentence, and what is missing as data for the buttons."""

	code: str
	values: tuple[str, ...] = ()
	details: Mapping[str, Any] = field(default_factory=dict)

	@property
	def kind(self) -> HoldKind:
		return HOLD_KINDS[self.code]

	@property
	def text(self) -> str:
		"""The sentence in English."""
		return self.kind.sentence.format(*self.values)
