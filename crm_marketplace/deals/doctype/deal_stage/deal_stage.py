from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Round

from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import Kind

# Fields of Deal a stage may ask for: what a person fills in.
NOT_ASKED = ("Section Break", "Column Break", "Tab Break", "HTML", "Button", "Read Only")


class DealStage(Document):
	def validate(self) -> None:
		self.set_probability()
		self.validate_required_fields()

	def on_update(self) -> None:
		self.tell_deals()

	def on_trash(self) -> None:
		self.keep_stage_with_history()

	def set_probability(self) -> None:
		self.stage_name = (self.stage_name or "").strip()
		self.probability = rules.probability(Kind(self.kind), self.probability)

	def validate_required_fields(self) -> None:
		askable = set(askable_fields())
		for row in self.required_fields:
			row.fieldname = (row.fieldname or "").strip()
			if row.fieldname not in askable:
				frappe.throw(
					_("Row {0}: a deal has no field {1} that a person fills in.").format(
						row.idx, frappe.utils.escape_html(row.fieldname)
					)
				)

	def tell_deals(self) -> None:
		"""Kind and probability are kept with each deal, so that boards and reports need no join."""
		before = self.get_doc_before_save()
		if before is None or (before.kind, before.probability) == (self.kind, self.probability):
			return
		deal = frappe.qb.DocType("Deal")
		query = (
			frappe.qb.update(deal)
			.set(deal.stage_kind, self.kind)
			.set(deal.probability, self.probability)
			.set(deal.weighted_amount, Round(deal.base_amount * self.probability / 100, 2))
			.where(deal.stage == self.name)
		)
		if Kind(self.kind).is_closed:
			query = query.set(deal.closed_at, deal.stage_since)
		else:
			query = query.set(deal.closed_at, None)
		query.run()

	def keep_stage_with_history(self) -> None:
		"""Histories and reports speak of stages; one that deals passed is archived, not deleted."""
		change = frappe.qb.DocType("Deal Stage Change")
		deals = (
			frappe.qb.from_(change)
			.select(Count(change.parent).distinct())
			.where((change.stage == self.name) | (change.from_stage == self.name))
		).run()[0][0]
		if deals:
			frappe.throw(
				_(
					"{0} deals are in this stage or passed it. Archive the stage: nobody can choose it any more, and history stays."
				).format(deals),
				title=_("Stage Has Deals"),
			)


def askable_fields() -> list[str]:
	"""Names of the fields a stage may ask for."""
	return [
		field.fieldname
		for field in frappe.get_meta("Deal").fields
		if field.fieldtype not in NOT_ASKED and not field.read_only and not field.hidden
	]
