"""What the browser tests of Deals look at. Committed: the desk under test is another process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex

import frappe

from crm_marketplace.deals import stages
from tests.harness.committing import commit

MANAGER = ("Deals Manager", "Sales Manager", "Sales User")


@dataclass
class Sales:
	"""A pipeline with a few deals, a customer and an item."""

	pipeline: str
	customer: str
	item: str
	deals: list[str] = field(default_factory=list)

	def add(self, title: str, **values) -> str:
		doc = frappe.get_doc(doctype="Deal", title=title, pipeline=self.pipeline, **values).insert()
		commit()
		self.deals.append(doc.name)
		return doc.name

	@property
	def stages(self) -> list[str]:
		return [row.name for row in stages.rows_of(self.pipeline)]


@contextmanager
def only_pipelines_of_ours() -> Iterator[None]:
	"""Whatever other tests left is archived, so that the board is as on the first day."""
	frappe.db.rollback()
	for name in frappe.get_all("Deal Pipeline", filters={"archived": 0}, pluck="name"):
		frappe.db.set_value("Deal Pipeline", name, "archived", 1)
	commit()
	yield
	frappe.db.rollback()


@contextmanager
def sales() -> Iterator[Sales]:
	"""A wholesale pipeline of its own; archived afterwards."""
	frappe.set_user("Administrator")
	pipeline = stages.make_from_template("wholesale")
	found = Sales(pipeline, make_customer(), make_item())
	commit()
	yield found
	frappe.db.rollback()
	frappe.db.set_value("Deal Pipeline", pipeline, "archived", 1)
	commit()


def make_customer() -> str:
	name = (
		frappe.get_doc(
			doctype="Customer",
			customer_name=f"ООО Ромашка {token_hex(2)}",
			customer_group="Commercial",
			territory="All Territories",
		)
		.insert()
		.name
	)
	commit()
	return name


def make_item() -> str:
	code = f"TEA-{token_hex(3)}"
	frappe.get_doc(
		doctype="Item", item_code=code, item_group="Products", stock_uom="Nos", is_stock_item=0
	).insert()
	commit()
	return code
