"""Returns and reviews, put into a shop by hand as a run would with a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import frappe

from crm_marketplace.integrations.records import (
	Fetched,
	Return,
	ReturnKind,
	ReturnLine,
	ReturnState,
	Review,
	Scheme,
)
from crm_marketplace.sync.after_sale import returns, reviews
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import get_shop
from tests.harness.committing import commit
from tests.site import builders

MOMENT = datetime(2026, 3, 9, 8, 0, tzinfo=timezone.utc)  # eleven in Moscow


def make_return(*lines: ReturnLine, **fields: Any) -> Return:
	values = {
		"external_id": builders.unique("R"),
		"order_id": None,
		"kind": ReturnKind.RETURNED,
		"state": ReturnState.ON_THE_WAY,
		"vendor_status": "MovingToSeller",
		"scheme": Scheme.FBS,
		"lines": lines or (ReturnLine(line_id="1", offer_id="red-cup", title="Red cup", quantity=2),),
		"reason": "Does not fit",
		"created_at": MOMENT,
		"changed_at": MOMENT,
	}
	return Return(**{**values, **fields})


def make_review(**fields: Any) -> Review:
	values = {
		"external_id": builders.unique("V"),
		"offer_id": "red-cup",
		"title": "Red cup",
		"rating": 2,
		"text": "It leaks",
		"author": "Ирина",
		"created_at": MOMENT,
	}
	return Review(**{**values, **fields})


def store_returns(shop: str, *records: Return) -> list[str]:
	return _store(shop, returns.store, returns.DOCTYPE, records)


def store_reviews(shop: str, *records: Review) -> list[str]:
	return _store(shop, reviews.store, reviews.DOCTYPE, records)


def _store(shop: str, store: Any, doctype: str, records: Sequence[Return | Review]) -> list[str]:
	"""Store a page and commit. Returns the documents' names, in the order given."""
	items = [Fetched(record.external_id, {"id": record.external_id}, record) for record in records]
	store(get_shop(shop), items, Run(shop, "returns", "Button"))
	commit()
	ids = [record.external_id for record in records]
	names = dict(
		frappe.get_all(
			doctype,
			filters={"shop": shop, "external_id": ("in", ids)},
			fields=["external_id", "name"],
			as_list=True,
		)
	)
	return [names[one] for one in ids]
