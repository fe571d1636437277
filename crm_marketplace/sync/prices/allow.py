"""Let held prices through: a person saw the sum and means it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import frappe

from crm_marketplace.rules.prices import MAY_BE_CONFIRMED
from crm_marketplace.sync import reader
from crm_marketplace.sync.prices import desired, rows
from crm_marketplace.sync.shops import Shop


def allow(shop: Shop, prices: Mapping[str, Decimal]) -> int:
	"""Let the prices of these listings be sent by the next run, in spite of a guard. Returns how many.

	A listing whose price is another one by now, or is held for a reason nobody may wave away, is left out.
	One read and one write.

	Args:
		prices: listing → the price the person saw.
	"""
	policy = desired.price_policy(shop)
	writer = rows.writer(rows.ALLOW_FIELDS, len(prices))
	count = 0
	with reader.reading() as connection:
		for row in desired.compute(shop, policy, connection, list(prices)):
			decision = row.decision
			if not decision.hold or decision.hold.code not in MAY_BE_CONFIRMED:
				continue
			if decision.price != prices[row.listing]:
				continue
			meant = replace(row, decision=replace(decision, hold=None))
			values = desired.row_values(shop, policy, meant)
			writer.add((*values, float(decision.price), frappe.session.user))
			count += 1
	writer.flush()
	return count
