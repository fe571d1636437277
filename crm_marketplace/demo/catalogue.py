"""A sample catalogue for the demo: the Items of a company that sells what the sandbox shop sells, kept the way
companies keep them. Most have the seller's own SKU as item code; some only share a barcode; some only a
similar name; a few were never entered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crm_marketplace.rules.matching import CatalogueItem
from crm_marketplace.sandbox.catalogue import Goods, goods


@dataclass(frozen=True, slots=True)
class SampleCatalogue:
	"""Args:
	items: item code → Item.
	offers: item code → the SKU it is really sold under: what a person who knows the goods would say.
	names: item code → what it is called where it is sold.
	"""

	items: dict[str, CatalogueItem] = field(default_factory=dict)
	offers: dict[str, str] = field(default_factory=dict)
	names: dict[str, str] = field(default_factory=dict)

	def is_right(self, item_code: str, offer_id: str, title: str) -> bool:
		"""Whether a suggestion is one a person would confirm."""
		return self.offers[item_code] == offer_id or self.names[item_code].startswith(title)


def sample_catalogue(number: int, seed: int) -> SampleCatalogue:
	"""The Items for the first `number` goods of a sandbox shop made with `seed`."""
	catalogue = SampleCatalogue()
	for thing in goods(number, seed):
		if item := _item(thing):
			catalogue.items[item.item_code] = item
			catalogue.offers[item.item_code] = thing.offer_id
			catalogue.names[item.item_code] = thing.name
	return catalogue


def _item(thing: Goods) -> CatalogueItem | None:
	own_code = f"ITEM-{thing.number + 1:05d}"
	kind = thing.number % 20
	if kind == 19:
		return None
	if kind in (17, 18):
		return CatalogueItem(own_code, _short_name(thing))
	if kind in (14, 15, 16):
		return CatalogueItem(own_code, thing.name, thing.barcodes)
	return CatalogueItem(thing.offer_id, thing.name, thing.barcodes)


def _short_name(thing: Goods) -> str:
	"""As a bookkeeper would write it: the same words, fewer of them."""
	return " ".join(part for part in (thing.kind, thing.brand, thing.colour, thing.option) if part)
