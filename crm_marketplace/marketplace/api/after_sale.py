"""Calls about reviews and labels."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.marketplace.api.guard import names, permitted, said_to_user
from crm_marketplace.sync import labels as label_jobs
from crm_marketplace.sync.after_sale import reviews
from crm_marketplace.sync.shops import get_shop

MOST_LABELS = 100
SHORTEST_ANSWER = 2  # characters: the shortest any marketplace takes


@frappe.whitelist()
def review_answering(review: str) -> dict[str, Any]:
	"""Whether the caller can answer a review here, and how long the answer may be."""
	doc = permitted("Marketplace Review", review)
	info = get_shop(doc.shop).info
	offered = Capability.FEEDBACK in info.capabilities
	return {
		"may_answer": bool(offered and doc.has_permission("write")),
		"length": info.review_answer_length,
	}


@frappe.whitelist(methods=["POST"])
def answer_review(review: str, text: str) -> None:
	"""Answer a review in public at the marketplace.

	Args:
		text: as long as `review_answering` says at most.
	"""
	doc = permitted("Marketplace Review", review, "write")
	shop = get_shop(doc.shop)
	text = text.strip()
	if len(text) < SHORTEST_ANSWER:
		frappe.throw(_("Write an answer."))
	if len(text) > shop.info.review_answer_length:
		frappe.throw(
			_("The marketplace takes {0} characters at most.").format(shop.info.review_answer_length)
		)
	with said_to_user():
		reviews.answer(shop, doc.name, text, patience=0)


@frappe.whitelist(methods=["POST"])
def request_labels(orders: list | str) -> dict[str, str]:
	"""Let a worker fetch the labels of packed orders. Ask `labels` with the token until they are ready.

	Labels name the buyer, so only those who work on orders get them.
	"""
	chosen = names(orders)
	if len(chosen) > MOST_LABELS:
		frappe.throw(_("Choose {0} rows at most.").format(MOST_LABELS))
	frappe.has_permission("Marketplace Order", "write", throw=True)
	allowed = frappe.get_list(
		"Marketplace Order", filters={"name": ("in", chosen)}, pluck="name", limit=len(chosen)
	)
	if len(allowed) < len(chosen):
		raise frappe.PermissionError
	return {"token": label_jobs.request(chosen, frappe.session.user)}


@frappe.whitelist()
def labels(token: str) -> dict[str, Any]:
	"""What became of `request_labels`, see `sync.labels.fetched`."""
	frappe.has_permission("Marketplace Order", "write", throw=True)
	found = label_jobs.fetched(token, frappe.session.user)
	if found is None:
		why = _("The labels have been waiting for too long. Ask for them once more.")
		return {"ready": True, "content": "", "problems": [["", why]]}
	return found
