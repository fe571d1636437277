"""Orders, items and shops as the tests of the rules need them."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from crm_marketplace.integrations.records import Charge, Money, Order, OrderLine, OrderStatus, Scheme
from crm_marketplace.rules.lines import MappedItem
from crm_marketplace.rules.orders import ShopRules

PLACED = datetime(2026, 9, 21, 6, 12, 44, tzinfo=timezone.utc)
SHIP_BY = datetime(2026, 9, 23, 12, 0, tzinfo=timezone.utc)
STORES = "Stores - T"


def rub(amount: str | int | Decimal) -> Money:
	return Money(amount=Decimal(amount), currency="RUB")


def line(offer: str = "A", quantity: str | int | Decimal = 1, price: str | Decimal = "100", **changes: Any):
	fields = {"line_id": offer, "offer_id": offer, "title": f"Product {offer}", "price": rub(price)}
	return OrderLine(**{**fields, "quantity": Decimal(quantity), **changes})


def charge(amount: str | Decimal, kind: str = "delivery") -> Charge:
	return Charge(external_id=kind, kind=kind, amount=rub(amount))


def order(**changes: Any) -> Order:
	fields = {
		"external_id": "17-1",
		"order_number": "17",
		"status": OrderStatus.AWAITING_PACKING,
		"vendor_status": "awaiting_packaging",
		"scheme": Scheme.FBS,
		"currency": "RUB",
		"lines": (line(),),
		"created_at": PLACED,
		"ship_by": SHIP_BY,
		"warehouse_id": "W1",
	}
	return Order(**{**fields, **changes})


def item(code: str = "ITEM-A", qty: str | int | Decimal = 1, **changes: Any) -> MappedItem:
	return MappedItem(code, Decimal(qty), **changes)


MAPPING = {"A": (item("ITEM-A"),), "B": (item("ITEM-B"),)}


def shop(**changes: Any) -> ShopRules:
	fields = {"company_currency": "RUB", "warehouses": {"W1": STORES}}
	return ShopRules(**{**fields, **changes})
