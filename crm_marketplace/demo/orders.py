"""The first half of a cycle: from the key to Sales Orders, with the steps of `sync` in its order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from crm_marketplace.demo.books import check_total
from crm_marketplace.demo.steps import SAMPLES, Steps, counted
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import (
	ChannelWarehouse,
	Listing,
	Order,
	OrderStatus,
	Page,
	Scheme,
)
from crm_marketplace.rules import orders as order_rules
from crm_marketplace.rules.holds import Hold
from crm_marketplace.rules.matching import Catalogue, Match

# The seller's schemes → the company's warehouse their goods come from: all shops sell from the same two.
STORES, SHOWROOM = "Stores", "Showroom"
GOODS_OF = {Scheme.FBS: STORES, Scheme.DBS: SHOWROOM, Scheme.EXPRESS: SHOWROOM}


@dataclass
class OrdersIn(Steps):
	"""Connect → listings → Items → orders → what ERPNext should have.

	Args:
		since: orders that changed from then on (aware UTC).
	"""

	since: datetime

	def run(self) -> None:
		self.take(
			(
				("Connect", self.connect),
				("Pull listings", self.pull_listings),
				("Match them to Items", self.match),
				("Pull orders", self.pull_orders),
				("Decide what ERPNext should have", self.decide),
			)
		)

	def connect(self) -> None:
		report = self.seller.connector.check_credentials()
		rights = [(right.capability, "yes" if right.granted else "no") for right in report.rights]
		self.show.note(f"{report.account_name or report.account_id}: the key is accepted")
		self.table("Rights of the key", ("for", "granted"), rights)
		active: list[ChannelWarehouse] = []
		for page in walk(lambda token, _limit: self.seller.connector.warehouses(token)):
			active += [item.record for item in page.items if item.record and item.record.is_active]
		self.seller.places = {place.external_id: place for place in active if place.scheme in GOODS_OF}
		self.seller.books.warehouses = {
			key: GOODS_OF[place.scheme] for key, place in self.seller.places.items()
		}
		self.table(
			"Warehouse mapping",
			("channel warehouse", "scheme", "ERPNext warehouse"),
			[
				(place.name, place.scheme.value, GOODS_OF[place.scheme])
				for place in self.seller.places.values()
			],
		)
		self.check("the key has every right the cycle needs", all(right.granted for right in report.rights))

	def pull_listings(self) -> None:
		for item in self.pages("listings", self.seller.connector.listings, 100):
			if item.record:
				self.result.listings[item.record.external_id] = item.record
		states = Counter(listing.state.value for listing in self.result.listings.values())
		self.show.note(f"{len(self.result.listings)} listings: {counted(states)}")
		self.check("every listing can be read", not self.result.unreadable)

	def match(self) -> None:
		books, company = self.seller.books, self.seller.company
		items = company.catalogue.items
		catalogue = Catalogue(items.values(), dict(books.links))
		suggestions: list[tuple[Listing, Match]] = []
		for listing in self.show.progress("listings matched", list(self.result.listings.values())):
			found = catalogue.match(listing)
			self.result.matches[found.method.value if found else "No match"] += 1
			if found and found.is_certain:
				books.link(listing, found.item_code)
			elif found:
				suggestions.append((listing, found))
		self.show.note(counted(self.result.matches))
		rows = []
		for listing, found in suggestions:
			# Goods with a card already are another thing that is called the same.
			is_right = found.item_code not in books.links.values() and company.catalogue.is_right(
				found.item_code, listing.offer_id, listing.title
			)
			if is_right:
				books.link(listing, found.item_code)
			name, answer = items[found.item_code].name, "yes" if is_right else "no"
			rows.append((listing.offer_id, listing.title, name, f"{found.score:.0f} %", answer))
		self.table(
			"Suggestions wait for a person; here the demo answers for one",
			("offer id", "listing", "suggested item", "likeness", "confirmed"),
			rows[:SAMPLES],
		)
		unmatched = sum(listing.offer_id not in books.links for listing in self.result.listings.values())
		self.show.note(f"{unmatched} listings stay without an Item")
		self.check("most listings are matched", unmatched * 5 < len(self.result.listings))

	def pull_orders(self) -> None:
		pages = self.fetch_orders()
		self.show.note(f"{len(self.result.orders)} orders in {pages} pages: {counted(self.result.by_status)}")
		self.check("orders came in several pages", pages > 1, f"{pages} pages")

	def fetch_orders(self) -> int:
		"""What the marketplace tells of orders. Returns the number of pages."""
		connector = self.seller.connector
		pages_before = self.result.pages

		def fetch(token: str | None, limit: int) -> Page[Order]:
			return connector.order_changes(self.since, self.now, token, limit)

		for item in self.pages("orders", fetch, connector.info.order_page_size):
			if item.record:
				self.result.orders[item.record.external_id] = item.record
		return self.result.pages - pages_before

	def decide(self) -> None:
		held = self.apply_orders()
		self.show.table("What became of the orders", ("reason", "orders"), self.result.reasons.most_common())
		self._show_sales_orders()
		self.table(
			"Orders on hold",
			("order", "why", "what releases it"),
			[(order.external_id, hold.text, hold.kind.next_step) for order, hold in held[:SAMPLES]],
		)
		documents = list(self.seller.books.sales_orders.values())
		self.check("there are Sales Orders", bool(documents), f"{len(documents)}")
		self.check("each comes to the marketplace's total, to the kopeck", all(map(check_total, documents)))

	def apply_orders(self) -> list[tuple[Order, Hold]]:
		"""Decide what each order means and make it true. Returns those on hold."""
		books = self.seller.books
		rules = order_rules.ShopRules(company_currency="RUB", warehouses=books.warehouses)
		held: list[tuple[Order, Hold]] = []
		for order in self.show.progress("orders decided", list(self.result.orders.values())):
			if books.digests.get(order.external_id) == order.digest:
				self.result.reasons["Nothing changed since the last cycle."] += 1
				continue
			decision = order_rules.decide(order, books.known(order), rules, books.mapping(order))
			books.apply(order, decision)
			if decision.hold:
				held.append((order, decision.hold))
				self.result.holds[decision.hold.text] += 1
				self.result.reasons["Waits for a person."] += 1
				continue
			books.digests[order.external_id] = order.digest
			self.result.reasons[decision.reason.format(*decision.values)] += 1
		return held

	def _show_sales_orders(self) -> None:
		documents = [
			document
			for document in self.seller.books.sales_orders.values()
			if document.order.status is OrderStatus.AWAITING_PACKING
		]
		rows = []
		for document in documents[:SAMPLES]:
			goods = "; ".join(f"{line.item_code} × {line.qty} à {line.rate}" for line in document.lines)
			taxes = ", ".join(f"VAT {tax.rate} %: {tax.amount}" for tax in document.taxes) or "none"
			total = f"{document.total} {document.currency}"
			rows.append((document.name, document.marketplace_order, document.customer, goods, taxes, total))
		self.table(
			"Sales Orders ERPNext would have (those that wait for packing, the first of them)",
			("Sales Order", "order", "customer", "lines", "taxes included", "total"),
			rows,
		)
