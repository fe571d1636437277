"""How an order is packed into boxes, and what stays of it when goods are taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from crm_marketplace.integrations.errors import RejectedError, _


def boxes_without(order: Mapping[str, Any], left: Mapping[str, int]) -> list[dict[str, Any]]:
	"""The boxes of an order as they are to be sent when only so many units stay. Boxes and marking codes that
	were given before are kept, as far as their goods stay; without boxes everything goes into one.

	Args:
		order: as the vendor gives it.
		left: item → units that stay; 0 takes it out.

	Raises:
		RejectedError: units of goods that come in several parts cannot be told from each other.
	"""
	delivery = order.get("delivery")
	layout = delivery.get("boxesLayout") if isinstance(delivery, Mapping) else None
	boxes = [box for box in layout if isinstance(box, Mapping)] if isinstance(layout, list) else []
	if not boxes:
		return [{"items": [_item(item, units) for item, units in left.items() if units]}]
	waiting = Counter(left)
	found = []
	for box in boxes:
		items = [kept for entry in box.get("items") or () if (kept := _kept(entry, waiting, left))]
		if items:
			found.append({"items": items})
	rest = [_item(item, units) for item, units in waiting.items() if units > 0]
	if rest:
		found.append({"items": rest})
	return found


def _kept(entry: Mapping[str, Any], waiting: Counter[str], left: Mapping[str, int]) -> dict[str, Any] | None:
	"""What stays of an entry of a box."""
	item = str(entry.get("id"))
	if entry.get("partialCount"):
		if left.get(item, 0) not in (0, 1):
			raise RejectedError(
				_("The order has goods in several parts; take them out in the cabinet."),
			)
		waiting[item] = 0
		return _with_codes(entry, {"partialCount": entry["partialCount"]}) if left.get(item) else None
	units = min(int(entry.get("fullCount") or 0), waiting[item])
	if units <= 0:
		return None
	waiting[item] -= units
	return _with_codes(entry, {"fullCount": units}, units)


def _with_codes(entry: Mapping[str, Any], counts: dict[str, Any], units: int | None = None) -> dict[str, Any]:
	codes = entry.get("instances")
	kept = {"id": int(entry["id"]), **counts}
	if isinstance(codes, list) and codes:
		kept["instances"] = codes if units is None else codes[:units]
	return kept


def _item(item: str, units: int) -> dict[str, Any]:
	return {"id": int(item), "fullCount": units}
