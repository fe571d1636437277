from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, now_datetime, today

from crm_marketplace.deals import assignment, conversations, parties, stages, tasks
from crm_marketplace.deals.money import exchange_rate, site_currency
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import AmountFrom, Kind

BY_DOCUMENTS = (AmountFrom.QUOTATION, AmountFrom.SALES_ORDER)


class Deal(Document):
	def before_validate(self) -> None:
		self.set_defaults()
		self.set_party()
		self.set_contacts()
		self.set_responsible()
		conversations.remember(self)
		self.keep_next_step()

	def validate(self) -> None:
		self.validate_pipeline()
		self.validate_stage()
		self.validate_responsible()
		self.set_amount()
		self.set_worth()
		self.set_margin()
		self.validate_requirements()
		conversations.check(self)

	def before_save(self) -> None:
		self.follow_stage()

	def on_update(self) -> None:
		self.hand_over()
		self.make_stage_tasks()

	def after_insert(self) -> None:
		assignment.tell(self)
		conversations.connect(self)

	def on_trash(self) -> None:
		conversations.forget(self)
		tasks.delete_of("Deal", self.name)

	# --- defaults ------------------------------------------------------------------------------

	def set_defaults(self) -> None:
		"""A deal needs a title; the rest follows from the pipeline."""
		self.title = (self.title or "").strip()
		pipeline = frappe.get_cached_doc("Deal Pipeline", self.pipeline) if self.pipeline else None
		if pipeline is None:
			return
		self.pipeline_currency = pipeline.currency
		self.stage = self.stage or stages.entry_of(pipeline.name)
		self.company = self.company or pipeline.company or frappe.defaults.get_user_default("Company")
		self.currency = self.currency or pipeline.currency or site_currency(self.company)
		wants_team = not self.team or (self.changes_hands() and not self.has_value_changed("team"))
		if self.responsible and wants_team:
			self.team = parties.team_of_user(self.responsible)

	def keep_next_step(self) -> None:
		"""The next step is its task's: a form, a calendar or a call does not write it past the task."""
		before = self.get_doc_before_save()
		self.next_step = before.next_step if before else None
		self.next_step_on = before.next_step_on if before else None

	def set_party(self) -> None:
		if not self.party:
			self.party_name = None
			return
		self.party_name = parties.title_of(self.party_type, self.party)
		if not self.contact_person and (self.is_new() or self.has_value_changed("party")):
			self.contact_person = parties.main_contact(self.party_type, self.party)

	def set_contacts(self) -> None:
		known = parties.contact_details([row.contact for row in self.contacts if row.contact])
		for row in self.contacts:
			found = known.get(row.contact)
			if found:
				row.email, row.phone = found.email_id, found.mobile_no or found.phone

	def set_responsible(self) -> None:
		"""A new deal of nobody is given to somebody by the rules of assignment; once, before it is saved."""
		if self.responsible:
			self.awaits_assignment = 0
			return
		if not self.is_new() or not self.pipeline or self.flags.assigned:
			return
		self.flags.assigned = True
		assignment.assign(self)
		if self.responsible:
			self.team = self.team or parties.team_of_user(self.responsible)

	def changes_hands(self) -> bool:
		"""Whether a saved deal gets another responsible person."""
		return not self.is_new() and self.has_value_changed("responsible")

	def hand_over(self) -> None:
		"""Who gets the deal gets what its former person, or nobody, was to do, and is told."""
		before = self.get_doc_before_save()
		if before is None or not self.responsible or (before.responsible or None) == self.responsible:
			return
		tasks.hand_over(self.name, before.responsible, self.responsible)
		assignment.tell(self)

	# --- checks --------------------------------------------------------------------------------

	def validate_pipeline(self) -> None:
		if self.is_new() and frappe.get_cached_value("Deal Pipeline", self.pipeline, "archived"):
			frappe.throw(_("The pipeline {0} is archived.").format(stages.title_of(self.pipeline)))

	def validate_stage(self) -> None:
		"""The stage is one of the pipeline; a deal of another pipeline begins anew unless a stage is chosen."""
		row = self.stage_row()
		if row.pipeline != self.pipeline:
			if self.is_new() or not self.has_value_changed("pipeline"):
				frappe.throw(
					_("The stage {0} belongs to another pipeline.").format(
						frappe.utils.escape_html(row.stage_name)
					)
				)
			self.stage = stages.entry_of(self.pipeline)
			row = self.stage_row()
		if row.archived and self.enters_stage():
			frappe.throw(
				_("The stage {0} is archived. Choose another one.").format(
					frappe.utils.escape_html(row.stage_name)
				)
			)
		self.stage_kind = row.kind
		self.probability = rules.probability(Kind(row.kind), row.probability)

	def validate_responsible(self) -> None:
		if not self.responsible or not (self.is_new() or self.has_value_changed("responsible")):
			return
		if not frappe.get_cached_value("User", self.responsible, "enabled"):
			frappe.throw(
				_("{0} is disabled and cannot be responsible for a deal.").format(self.responsible),
				title=_("Disabled User"),
			)

	def validate_requirements(self) -> None:
		"""What the stage asks for, asked when a deal comes into it; not where documents moved the deal."""
		if not self.enters_stage() or self.flags.stage_follows:
			return
		required = stages.required_of([self.stage]).get(self.stage, [])
		if empty := rules.missing(required, self.as_dict()):
			labels = ", ".join(_(self.meta.get_label(fieldname)) for fieldname in empty)
			frappe.throw(
				_("The stage {0} asks for: {1}").format(
					frappe.bold(frappe.utils.escape_html(self.stage_row().stage_name)), labels
				),
				exc=frappe.MandatoryError,
				title=_("Fill In First"),
			)

	# --- numbers -------------------------------------------------------------------------------

	def set_amount(self) -> None:
		"""Items give the amount; a document's amount stands until the documents say otherwise."""
		for row in self.items:
			row.amount = flt(flt(row.qty) * flt(row.rate), 2)
		source = AmountFrom(self.amount_from or AmountFrom.HAND)
		if source in BY_DOCUMENTS:
			if not self.flags.amount_follows and not self.is_new():
				self.amount = self.get_doc_before_save().amount
			return
		if self.items:
			lines = [(Decimal(str(flt(row.qty))), Decimal(str(flt(row.rate)))) for row in self.items]
			self.amount = float(rules.lines_total(lines))
			self.amount_from = AmountFrom.ITEMS
		else:
			self.amount_from = AmountFrom.HAND

	def set_worth(self) -> None:
		changed = self.is_new() or self.has_value_changed("currency") or self.has_value_changed("pipeline")
		if self.currency == self.pipeline_currency:
			self.conversion_rate = 1
		elif not self.amount:
			self.conversion_rate = flt(self.conversion_rate)
		elif not flt(self.conversion_rate) or (changed and not self.has_value_changed("conversion_rate")):
			self.conversion_rate = exchange_rate(self.currency, self.pipeline_currency, today())
		self.base_amount = flt(flt(self.amount) * flt(self.conversion_rate), 2)
		self.weighted_amount = float(rules.weighted(Decimal(str(self.base_amount)), self.probability))

	def set_margin(self) -> None:
		codes = [row.item_code for row in self.items if row.item_code]
		cost = parties.valuation_of(codes)
		if not self.items or any(not row.item_code or row.item_code not in cost for row in self.items):
			self.margin = 0
			return
		own = frappe.get_cached_value("Company", self.company, "default_currency") if self.company else None
		if own and own != self.currency:
			self.margin = 0
			return
		self.margin = flt(
			sum(flt(row.amount) - flt(row.qty) * flt(cost[row.item_code]) for row in self.items), 2
		)

	# --- stages --------------------------------------------------------------------------------

	def stage_row(self) -> frappe._dict:
		row = frappe.get_cached_value(
			"Deal Stage",
			self.stage,
			["stage_name", "pipeline", "kind", "probability", "archived"],
			as_dict=True,
		)
		if not row:
			frappe.throw(_("There is no stage {0}.").format(frappe.utils.escape_html(str(self.stage))))
		return row

	def enters_stage(self) -> bool:
		return self.is_new() or self.has_value_changed("stage")

	def follow_stage(self) -> None:
		"""Close the row of the stage that is left, open one for the stage that is entered."""
		if not self.enters_stage():
			return
		now = now_datetime().replace(microsecond=0)
		before = self.get_doc_before_save()
		if before is None:
			self.set("history", [])
		for row in self.history:
			if not row.left_at:
				row.left_at = now
				row.seconds = max(0, int((now - get_datetime(row.entered_at)).total_seconds()))
		self.append(
			"history",
			{
				"stage": self.stage,
				"from_stage": before.stage if before else None,
				"entered_at": now,
				"user": frappe.session.user,
				"amount": self.amount,
			},
		)
		self.stage_since = now
		self.closed_at = now if Kind(self.stage_kind).is_closed else None
		self.flags.entered_stage = True

	def make_stage_tasks(self) -> None:
		"""Once per entry: what the stage wants done; a closed deal drops what stages asked for."""
		if not self.flags.entered_stage:
			return
		self.flags.entered_stage = False
		if Kind(self.stage_kind).is_closed:
			tasks.drop_stage_tasks(self.name)
		tasks.make_for_stage(self)


def on_doctype_update() -> None:
	# Each column of the board is one walk along an index; totals are read from an index alone.
	frappe.db.add_index("Deal", ["stage", "next_step_on"], index_name="stage_next")
	frappe.db.add_index("Deal", ["stage", "base_amount"], index_name="stage_amount")
	frappe.db.add_index("Deal", ["stage", "stage_since"], index_name="stage_since")
	frappe.db.add_index("Deal", ["stage", "creation"], index_name="stage_creation")
	frappe.db.add_index(
		"Deal",
		[
			"stage",
			"closed_at",
			"responsible",
			"base_amount",
			"weighted_amount",
			"next_step_on",
			"stage_since",
		],
		index_name="stage_totals",
	)
	frappe.db.add_index("Deal", ["party_type", "party"], index_name="party_deals")
	frappe.db.add_index("Deal", ["pipeline", "stage_kind", "next_step_on"], index_name="pipeline_kind")
	frappe.db.add_index("Deal", ["pipeline", "stage_kind", "expected_close"], index_name="pipeline_close")
