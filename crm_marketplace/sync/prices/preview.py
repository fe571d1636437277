"""What the next price run would send and hold back. Writes nothing."""

from __future__ import annotations

import heapq
import re
from typing import Any

import frappe

from crm_marketplace.rules.prices import MAY_BE_CONFIRMED, PRICE_HOLDS, PRICE_WAYS_OUT
from crm_marketplace.sync import reader
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.prices import desired
from crm_marketplace.sync.shops import Shop

SHOWN = 100
NUMBER = re.compile(r"-?\d+\.(\d\d?)")


def preview(shop: Shop) -> dict[str, Any]:
	"""Counts over the whole shop, the largest changes and the holds.

	Returns:
		currency, counts (change, held, same), changes and holds: rows of title, offer_id, now, new, change
		(per cent), margin, reason, listing.
	"""
	policy = desired.price_policy(shop)
	counts = {"change": 0, "held": 0, "same": 0}
	changes: list[tuple[float, int, dict]] = []
	holds: list[dict[str, Any]] = []
	with reader.reading() as connection:
		for index, row in enumerate(desired.compute(shop, policy, connection)):
			kind = _kind(row)
			counts[kind] += 1
			if kind == "held" and len(holds) < SHOWN:
				holds.append(describe(row))
			if kind == "change":
				shown = describe(row)
				heapq.heappush(changes, (abs(shown["change"] or 0.0), index, shown))
				if len(changes) > SHOWN:
					heapq.heappop(changes)
	return {
		"currency": policy.currency,
		"counts": counts,
		"changes": [row for _change, _index, row in sorted(changes, key=lambda entry: -entry[0])],
		"holds": holds,
	}


def describe(row: desired.Desired) -> dict[str, Any]:
	"""One listing's price for people."""
	decision, now = row.decision, row.shown.price
	new = float(decision.price)
	hold = decision.hold
	return {
		"listing": row.listing,
		"title": row.title,
		"offer_id": row.offer_id,
		"now": now,
		"new": new,
		"old_price": float(decision.old_price or 0),
		"minimum_price": float(decision.minimum_price or 0),
		"change": round((new - now) * 100 / now, 1) if now and new else None,
		"terms": [{"label": translated(term.label), "value": float(term.value)} for term in decision.terms],
		"cost": float(decision.cost) if decision.cost is not None else None,
		"fees": float(decision.fees),
		"margin": float(decision.margin) if decision.margin is not None else None,
		"reason": translated(PRICE_HOLDS[hold.code], [_localised(value) for value in hold.values])
		if hold
		else None,
		"hold_code": hold.code if hold else None,
		"way_out": translated(PRICE_WAYS_OUT[hold.code]) if hold else None,
		"may_be_allowed": bool(hold and hold.code in MAY_BE_CONFIRMED),
	}


def _localised(value: str) -> str:
	"""A number in the format of the site; other values of a sentence as they are."""
	number = NUMBER.fullmatch(value)
	return frappe.utils.fmt_money(value, precision=len(number[1])) if number else value


def _kind(row: desired.Desired) -> str:
	if row.decision.hold:
		return "held"
	return "change" if row.differs else "same"
