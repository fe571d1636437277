"""A posting of the vendor → an order. No network: stored postings can be read again.

The record says the same whichever method the posting came from, as far as the methods tell the same, so
that reading one order anew does not look like a change. What only one of them has (the price of delivery,
the extension of a forwarding number) is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm_marketplace.integrations.marketplaces.ozon import payloads
from crm_marketplace.integrations.marketplaces.ozon.session import id_or_none, money
from crm_marketplace.integrations.marketplaces.ozon.statuses import (
	order_actions,
	order_scheme,
	order_status,
)
from crm_marketplace.integrations.records import (
	Address,
	Cancellation,
	Fetched,
	Money,
	Order,
	OrderLine,
	OrderStatus,
	Party,
	Scheme,
	rounded,
)
from crm_marketplace.integrations.translation import identity, translate, unexpected

# Of a posting without products. "By default RUB" (`currency_code` of /v1/product/import/prices).
DEFAULT_CURRENCY = "RUB"
# The second and further lines of one SKU in a posting: "1904686181", "1904686181~2", …
LINE_SUFFIX = "~"
# "Подменный номер": the phones the vendor gives are forwarding numbers.
PHONES_ARE_MASKED = True


def read_posting(raw: Any) -> Fetched[Order]:
	"""The order of a posting, as the lists give it or `result` of the single methods, FBS or FBO.

	Returns:
		The record, or a ContractError in its place. Nothing is raised.
	"""
	external_id = identity(raw, "posting_number")
	if _is_fbo(raw):
		return translate(raw, payloads.FboPosting, _fbo_order, external_id)
	return translate(raw, payloads.FbsPosting, _fbs_order, external_id)


def _is_fbo(raw: Any) -> bool:
	"""Only FBO postings have `created_at`; only FBS ones have a delivery method and a date to ship by."""
	return isinstance(raw, Mapping) and "created_at" in raw and "delivery_method" not in raw


def sku_of(line_id: str) -> str:
	"""The SKU in the id of an order line."""
	return line_id.partition(LINE_SUFFIX)[0]


def _fbs_order(posting: payloads.FbsPosting) -> Order:
	if posting.in_process_at is None:
		raise unexpected("in_process_at", "nothing")
	delivery = posting.delivery_method or payloads.PostingDeliveryMethod()
	analytics = posting.analytics_data or payloads.Analytics()
	barcodes = posting.barcodes or payloads.PostingBarcodes()
	flow = posting.integration_type_flow or posting.tpl_integration_type or ""
	scheme = order_scheme(flow, bool(posting.is_express))
	return Order(
		**_common(posting, _marked(posting.requirements)),
		parent_external_id=id_or_none(posting.parent_posting_number),
		scheme=scheme,
		created_at=posting.in_process_at,
		ship_by=posting.shipment_date,
		shipped_at=posting.delivering_date,
		warehouse_id=id_or_none(delivery.warehouse_id),
		delivery_method_id=id_or_none(delivery.id),
		delivery_method=delivery.name or None,
		carrier=delivery.tpl_provider or None,
		tracking_number=posting.tracking_number or None,
		is_express=bool(posting.is_express),
		is_multibox=bool(posting.is_multibox),
		box_count=max(1, posting.multi_box_qty or 1),
		barcodes=_distinct(id_or_none(barcodes.upper_barcode), id_or_none(barcodes.lower_barcode)),
		buyer=_buyer(posting.customer, analytics, posting.legal_info),
		recipient=_recipient(posting),
		address=_address(posting.customer, analytics),
		cancellation=_cancellation(posting, handed_over=posting.delivering_date is not None),
		actions=order_actions(posting.available_actions or ()),
	)


def _fbo_order(posting: payloads.FboPosting) -> Order:
	created_at = posting.created_at or posting.in_process_at
	if created_at is None:
		raise unexpected("created_at", "nothing")
	analytics = posting.analytics_data or payloads.Analytics()
	return Order(
		**_common(posting, frozenset()),
		scheme=Scheme.FBO,
		created_at=created_at,
		warehouse_id=id_or_none(analytics.warehouse_id),
		buyer=_buyer(None, analytics, posting.legal_info),
		address=_address(None, analytics),
		cancellation=_cancellation(posting, reason_id=posting.cancel_reason_id),
	)


def _common(posting: payloads.Posting, marked: frozenset[str]) -> dict[str, Any]:
	analytics = posting.analytics_data or payloads.Analytics()
	financial = (posting.financial_data or payloads.FinancialData()).products or ()
	currency = _currency(posting.products)
	return {
		"external_id": posting.posting_number,
		"order_number": posting.order_number or posting.posting_number,
		"status": order_status(posting.status),
		"vendor_status": posting.status,
		"vendor_substatus": posting.substatus or None,
		"currency": currency,
		"lines": _lines(posting.products, financial, currency, marked),
		"stated_total": _stated_total(posting.products, financial, currency),
		"deliver_from": analytics.delivery_date_begin or analytics.client_delivery_date_begin,
		"deliver_to": analytics.delivery_date_end or analytics.client_delivery_date_end,
		"payment_method": analytics.payment_type_group_name or None,
	}


def _currency(products: Sequence[payloads.PostingProduct]) -> str:
	"""That of the first line; the record refuses lines of another."""
	return next((product.price.currency for product in products if product.price.currency), DEFAULT_CURRENCY)


def _lines(
	products: Sequence[payloads.PostingProduct],
	financial: Sequence[payloads.FinancialProduct],
	currency: str,
	marked: frozenset[str],
) -> tuple[OrderLine, ...]:
	commissions = {row.product_id: row.commission for row in financial if row.commission}
	seen: Counter[str] = Counter()
	lines = []
	for product in products:
		seen[product.sku] += 1
		number = seen[product.sku]
		if product.price.amount is None:
			raise unexpected("products.price", "nothing")
		# Of several lines of one SKU nobody can say whose commission it is.
		commission = commissions.get(product.sku) if number == 1 else None
		lines.append(
			OrderLine(
				line_id=product.sku if number == 1 else f"{product.sku}{LINE_SUFFIX}{number}",
				offer_id=product.offer_id or "",
				title=product.name or "",
				quantity=product.quantity,
				price=Money(amount=product.price.amount, currency=product.price.currency or currency),
				marketplace_ids={"sku": product.sku},
				# Zero until the posting is delivered.
				commission=money(commission.amount, commission.currency or currency) if commission else None,
				requires_marking=product.sku in marked,
			)
		)
	return tuple(lines)


def _stated_total(
	products: Sequence[payloads.PostingProduct],
	financial: Sequence[payloads.FinancialProduct],
	currency: str,
) -> Money | None:
	"""The total by `financial_data`, where it prices every line; None where it cannot be told.

	FBO lists give no quantities there, so the lines' own count, unless a SKU comes in several lines.
	"""
	prices: dict[str, Decimal] = {}
	for row in financial:
		if not row.product_id or not row.price or row.product_id in prices:
			return None
		if row.currency_code and row.currency_code != currency:
			return None
		prices[row.product_id] = row.price
	skus = [product.sku for product in products]
	if not skus or len(set(skus)) != len(skus) or not prices.keys() >= set(skus):
		return None
	total = sum((prices[product.sku] * product.quantity for product in products), Decimal(0))
	return Money(amount=rounded(total), currency=currency)


def _marked(requirements: payloads.Requirements | None) -> frozenset[str]:
	return frozenset((requirements.products_requiring_mandatory_mark if requirements else None) or ())


def _buyer(
	customer: payloads.Customer | None, analytics: payloads.Analytics, legal: payloads.LegalInfo | None
) -> Party | None:
	customer = customer or payloads.Customer()
	legal = legal or payloads.LegalInfo()
	phone = customer.phone or None
	party = Party(
		external_id=id_or_none(customer.customer_id),
		name=customer.name or None,
		phone=phone,
		phone_is_masked=bool(phone) and PHONES_ARE_MASKED,
		email=customer.customer_email or None,
		is_company=bool(analytics.is_legal or legal.inn or legal.company_name),
		company_name=legal.company_name or None,
		tax_id=legal.inn or None,
	)
	return None if party == Party() else party


def _recipient(posting: payloads.FbsPosting) -> Party | None:
	addressee = posting.addressee or payloads.Addressee()
	# The lists give the recipient's name only; the buyer's forwarding number rings at the recipient's.
	phone = addressee.phone or (posting.customer.phone if posting.customer else None) or None
	if not addressee.name and not phone:
		return None
	return Party(name=addressee.name or None, phone=phone, phone_is_masked=bool(phone) and PHONES_ARE_MASKED)


def _address(customer: payloads.Customer | None, analytics: payloads.Analytics) -> Address | None:
	given = (customer.address if customer else None) or payloads.CustomerAddress()
	address = Address(
		country=given.country or None,
		region=given.region or analytics.region or None,
		district=given.district or None,
		city=given.city or analytics.city or None,
		street=given.address_tail or None,
		postcode=given.zip_code or None,
		pickup_point=given.provider_pvz_code or id_or_none(given.pvz_code),
		comment=given.comment or None,
		latitude=given.latitude or None,
		longitude=given.longitude or None,
	)
	return None if address == Address() else address


def _cancellation(
	posting: payloads.Posting, *, reason_id: str | None = None, handed_over: bool = False
) -> Cancellation | None:
	given = posting.cancellation or payloads.PostingCancellation()
	reason_id = id_or_none(given.cancel_reason_id) or id_or_none(reason_id)
	if (
		order_status(posting.status) is not OrderStatus.CANCELLED
		and not reason_id
		and not given.cancel_reason
	):
		return None
	return Cancellation(
		reason=given.cancel_reason or "",
		reason_id=reason_id,
		initiator=given.cancellation_type or given.cancellation_initiator or None,
		# The vendor's flag means "after packing": the parcel may stand at the gate, so a person looks.
		after_shipping=bool(given.cancelled_after_ship) or handed_over,
	)


def _distinct(*texts: str | None) -> tuple[str, ...]:
	return tuple(dict.fromkeys(text for text in texts if text))
