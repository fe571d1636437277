"""The vendor's JSON of what comes after an order: returns, reviews, and the files he makes. See `payloads.py`
for how these models are meant.
"""

from __future__ import annotations

from pydantic import AliasPath, Field

from crm_marketplace.integrations.marketplaces.yandex_market.payloads import (
	CurrencyValue,
	Texts,
	VendorPayload,
)
from crm_marketplace.integrations.translation import VendorCount, VendorTime

# --- returns ---------------------------------------------------------------------------------------


class ReturnDecision(VendorPayload):
	"""Why the buyer returns some units of an item, and what was decided."""

	reason_type: str | None = None
	subreason_type: str | None = None
	comment: str | None = None


class ReturnItem(VendorPayload):
	shop_sku: str
	market_sku: str | None = None
	count: VendorCount = None
	decisions: tuple[ReturnDecision, ...] | None = None


class PickupAddress(VendorPayload):
	city: str | None = None
	street: str | None = None
	house: str | None = None
	postcode: str | None = None


class LogisticPoint(VendorPayload):
	"""Where the seller fetches returned goods."""

	name: str | None = None
	address: PickupAddress | None = None


class Return(VendorPayload):
	id: str
	order_id: str
	creation_date: VendorTime = None
	update_date: VendorTime = None
	refund_status: str | None = None
	logistic_pickup_point: LogisticPoint | None = None
	pickup_till_date: VendorTime = None
	shipment_status: str | None = None
	amount: CurrencyValue | None = None
	items: tuple[ReturnItem, ...]
	return_type: str | None = None
	fast_return: bool | None = None


# --- reviews ---------------------------------------------------------------------------------------


class ReviewIdentifiers(VendorPayload):
	order_id: str | None = None
	offer_id: str | None = None


class ReviewText(VendorPayload):
	advantages: str | None = None
	disadvantages: str | None = None
	comment: str | None = None


class ReviewMedia(VendorPayload):
	photos: Texts = None


class ReviewStatistics(VendorPayload):
	rating: int
	comments_count: VendorCount = None


class CommentAuthor(VendorPayload):
	type: str | None = None


class Comment(VendorPayload):
	"""What somebody wrote below a review."""

	id: str
	text: str
	can_modify: bool | None = None
	parent_id: str | None = None
	author: CommentAuthor | None = None
	status: str | None = None


class Review(VendorPayload):
	feedback_id: str
	created_at: VendorTime = None
	need_reaction: bool | None = None
	identifiers: ReviewIdentifiers | None = None
	author: str | None = None
	description: ReviewText | None = None
	media: ReviewMedia | None = None
	statistics: ReviewStatistics
	comments: tuple[Comment, ...] | None = None  # ours: what was asked for beside the review


# --- files the vendor makes first and hands out later ----------------------------------------------


class FileOrdered(VendorPayload):
	report_id: str = Field(validation_alias=AliasPath("result", "reportId"), pattern=r"[^.]")


class FileState(VendorPayload):
	status: str = Field(validation_alias=AliasPath("result", "status"))
	sub_status: str | None = Field(None, validation_alias=AliasPath("result", "subStatus"))
	file: str | None = Field(None, validation_alias=AliasPath("result", "file"))
