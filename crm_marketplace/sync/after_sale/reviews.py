"""The reviews stream: what buyers write, page by page, linked to the card; and our answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import ConfigurationError, _
from crm_marketplace.integrations.records import Fetched, Page, Review
from crm_marketplace.sync import clock, told
from crm_marketplace.sync.after_sale.links import cards_of, link_orders
from crm_marketplace.sync.after_sale.mirror import store_page
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream
from crm_marketplace.sync.windows import new_window, walk_changes

DOCTYPE = "Marketplace Review"
PAGE = 100
# Answers given in the cabinet change a review without changing its date: once a day a month is read again.
DAY = 24 * 60 * 60
LONG_LOOK_BACK = timedelta(days=30)
SUMMARY_LENGTH = 140


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the reviews stream. Returns whether the run is finished."""
	connector = shop.connect(observer=run.observe)

	def fetch(
		since: datetime, until: datetime, token: str | None, limit: int, _position: Mapping[str, Any]
	) -> Page[Review]:
		return connector.reviews(since, until, token, limit)

	finished = walk_changes(
		run,
		state,
		lambda: new_window(shop, state, _look_back(shop.name)),
		fetch,
		lambda page: store(shop, page.items, run),
		PAGE,
	)
	link_orders(DOCTYPE, shop.name, {"marketplace_order": "name"})
	frappe.db.commit()  # the links stand, whatever the next job does
	return finished


def store(shop: Shop, items: Sequence[Fetched[Review]], run: Run) -> None:
	"""Write a page of reviews. The caller commits."""
	cards = cards_of(shop.name, (item.record for item in items if item.record))

	forgotten = clock.utc_now() - timedelta(days=shop.doc.buyer_days) if shop.doc.buyer_days else None

	def values(record: Review) -> dict[str, Any]:
		card = cards.of(record)
		who = {"author": record.author}
		if forgotten and record.created_at < forgotten:
			who = {"author": None, "payload": None}
		return _values(record) | {
			**who,
			"listing": card.name,
			"item": card.item,
			"offer_id": record.offer_id or card.offer_id,
			"product_title": record.title or card.title or record.offer_id,
		}

	store_page(DOCTYPE, shop, items, run, values, told.REVIEW)


def answer(shop: Shop, review: str, text: str, *, patience: float) -> None:
	"""Answer a review in public at the marketplace, and keep the answer here. The caller commits.

	Args:
		review: name of the Marketplace Review.
		text: at most `shop.info.review_answer_length` characters.
		patience: seconds the connection may wait; 0 in a web request.

	Raises:
		IntegrationError: the marketplace does not take it.
	"""
	if Capability.FEEDBACK not in shop.info.capabilities:
		raise ConfigurationError(
			_("Reviews of this marketplace cannot be answered from here."),
			next_step=_("Answer it in the marketplace's cabinet."),
		)
	external_id = frappe.db.get_value(DOCTYPE, review, "external_id", for_update=True)
	shop.connect(patience=patience).answer_review(external_id, text)
	frappe.db.set_value(
		DOCTYPE,
		review,
		{
			"answer": text,
			"is_answered": 1,
			"answered_by": frappe.session.user,
			"answered_on": clock.site_now(),
		},
	)


def _values(record: Review) -> dict[str, Any]:
	values = {
		"order_external_id": record.order_id,
		"rating": record.rating,
		"summary": summary(record),
		"text": record.text,
		"advantages": record.advantages,
		"disadvantages": record.disadvantages,
		"photos": "\n".join(record.photos),
		"is_answered": int(record.is_answered),
		"vendor_status": record.vendor_status,
		"written_at": clock.to_site(record.created_at),
		"changed_at": clock.to_site(record.changed_at),
	}
	if record.answer:
		values["answer"] = record.answer  # where it does not tell it, ours stands
	return values


def summary(record: Review) -> str:
	"""The review on one line, as lists show it."""
	words = " ".join(" / ".join(filter(None, (record.text, record.advantages, record.disadvantages))).split())
	return words if len(words) <= SUMMARY_LENGTH else words[: SUMMARY_LENGTH - 1] + "…"


def _look_back(shop: str) -> timedelta:
	"""The mark in Redis is a convenience: lost, a month is read once too often."""
	mark = f"marketplace_reviews_reread:{shop}"
	if frappe.cache.get_value(mark, expires=True):
		return timedelta(0)
	frappe.cache.set_value(mark, 1, expires_in_sec=DAY)
	return LONG_LOOK_BACK
