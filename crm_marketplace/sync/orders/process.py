"""Process stored orders: decide what should be true, make it true, once.

Each order is its own savepoint and its own commit. What is wrong with one is written on it as a hold; the
others go on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import frappe
from pydantic import ValidationError
from pymysql import DataError
from pypika import Case

from crm_marketplace.integrations.records import Order, OrderStatus
from crm_marketplace.rules.holds import Hold
from crm_marketplace.rules.orders import SHIPPED_BY_SELLER, Decision, Known, MappedItem, ShopRules, decide
from crm_marketplace.sync import announce, changes, clock, told
from crm_marketplace.sync.messages import pack
from crm_marketplace.sync.orders import listing_lines, lookup, steps
from crm_marketplace.sync.orders.documents import HoldOrder
from crm_marketplace.sync.orders.events import add_events
from crm_marketplace.sync.orders.store import UNREADABLE
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop

BATCH = 50
FIELDS = (
	"name",
	"external_id",
	"state",
	"status",
	"digest",
	"processed_digest",
	"record",
	"customer",
	"sales_order",
	"delivery_note",
	"sales_invoice",
	"fingerprint",
	"document_ship_by",
	"document_key",
	"was_shipped",
	"accepted_difference",
	"warehouse",
	"hold_code",
	"hold_reason",
	"needs_resolution",
	"resolution_reason",
	"attempts",
)
RETRY_HOLDS_AFTER = 30  # minutes
SAVEPOINT = "marketplace_order"
# What ERPNext's controllers and other apps' hooks raise over one document: their own refusals, and the slips of
# code that met a document it did not expect. None of them may stop the other orders.
REFUSALS = (
	frappe.ValidationError,
	frappe.NameError,
	frappe.PermissionError,
	DataError,
	ArithmeticError,
	AttributeError,
	LookupError,
	TypeError,
	ValueError,
)


@dataclass
class Batch:
	"""What is read once for many orders."""

	shop: Shop
	rules: ShopRules
	mapping: dict[str, tuple[MappedItem, ...]] = field(default_factory=dict)
	known: dict[str, Known] = field(default_factory=dict)
	orders: dict[str, Order] = field(default_factory=dict)

	def goods(self, name: str) -> set[str]:
		"""Items of ours an order of the batch takes."""
		order = self.orders.get(name)
		if order is None or order.scheme not in SHIPPED_BY_SELLER:
			return set()
		return {part.item_code for line in order.lines for part in self.mapping.get(line.offer_id, ())}


def process_pending(shop: Shop, run: Run) -> bool:
	"""Process every stored order that waits. Returns whether all are done; False when the job's time is up."""
	limit = frappe.get_cached_doc("Marketplace Settings").orders_per_job or 500
	done = 0
	skipped: set[str] = set()
	run.total = run.counts["fetched"] + pending_count(shop.name)
	while done < limit:
		names = _pending(shop.name, skipped)
		if not names:
			return True
		results = process_orders(shop, names, run)
		# What another worker holds, or what failed, is not asked for again in this job.
		skipped.update(name for name in names if name not in results or results[name] == "failed")
		done += len(names)
		run.progress(done=run.counts["fetched"] + done)
		if run.is_out_of_time:
			break
	return not _pending(shop.name, skipped)


def process_orders(shop: Shop, names: Sequence[str], run: Run) -> dict[str, str]:
	"""Process these orders, each with its own commit.

	Returns:
		name → "created", "updated", "unchanged", "held" or "failed"; orders another worker works on are
		missing.
	"""
	rows = frappe.get_all("Marketplace Order", filters={"name": ("in", names)}, fields=list(FIELDS))
	batch = prepare(shop, rows)
	results: dict[str, str] = {}
	for row in sorted(rows, key=lambda row: names.index(row.name)):
		result = _process_locked(batch, row, run)
		if result:
			results[row.name] = result
			_count(run, result)
			# Also without a Sales Order, whose own hook would: what is held or settled counts for all shops.
			changes.mark(batch.goods(row.name))
		# One order, one commit: what is done stays done whatever happens to the next.
		frappe.db.commit()
	return results


def prepare(shop: Shop, rows: Sequence[frappe._dict]) -> Batch:
	"""Read what decisions about these orders need: a constant number of queries."""
	batch = Batch(shop, lookup.shop_rules(shop))
	for row in rows:
		if row.hold_code == UNREADABLE:
			continue  # what is kept of it is older than what the marketplace says
		try:
			batch.orders |= lookup.read_orders([row])
		except ValidationError:
			# Stored by an older version of the app whose records looked different: the next fetch mends it.
			frappe.logger("marketplace").warning("order %s has an outdated record", row.name)
	by_listing = listing_lines.offers_of(shop.name, batch.orders.values())
	if by_listing:
		told = {name: listing_lines.with_offers(order, by_listing) for name, order in batch.orders.items()}
		listing_lines.correct_rows(
			{name: order for name, order in told.items() if order is not batch.orders[name]}
		)
		batch.orders = told
	offers = (line.offer_id for order in batch.orders.values() for line in order.lines)
	batch.mapping = lookup.map_offers(shop.name, offers)
	batch.known = lookup.known_states(rows, batch.orders)
	return batch


def decide_row(batch: Batch, row: frappe._dict) -> Decision:
	"""What should become of one order of the batch."""
	return decide(batch.orders[row.name], batch.known[row.name], batch.rules, batch.mapping)


def release_holds(shop: str, hold_code: str | None = None, offer_id: str | None = None) -> int:
	"""Let held orders try again: those with a hold of this code, or with a line of this offer.

	Returns how many.
	"""
	filters: dict = {"shop": shop, "state": "On Hold"}
	if hold_code:
		filters["hold_code"] = hold_code
	if offer_id:
		parents = frappe.get_all(
			"Marketplace Order Line",
			filters={"offer_id": offer_id, "parenttype": "Marketplace Order"},
			pluck="parent",
			distinct=True,
		)
		if not parents:
			return 0
		filters["name"] = ("in", parents)
	names = frappe.get_all("Marketplace Order", filters=filters, pluck="name")
	if names:
		frappe.db.set_value("Marketplace Order", {"name": ("in", names)}, {"state": "To Process"})
	return len(names)


def retry_old_holds(shop: str) -> None:
	"""Once in a while all holds try again: somebody may have enabled the item or added the rate."""
	before = frappe.utils.add_to_date(clock.site_now(), minutes=-RETRY_HOLDS_AFTER)
	frappe.db.set_value(
		"Marketplace Order",
		{
			"shop": shop,
			"state": "On Hold",
			"hold_code": ("!=", UNREADABLE),
			"processed_at": ("<", before),
		},
		{"state": "To Process"},
		update_modified=False,
	)


def pending_count(shop: str) -> int:
	return frappe.db.count("Marketplace Order", {"shop": shop, "state": "To Process"})


def plain_text(error: Exception) -> str:
	"""What the error says. Where that is not for people, what Frappe would have shown with it; never what
	ERPNext only mentioned on the way."""
	text = error.args[0] if error.args and isinstance(error.args[0], str) and len(error.args) == 1 else ""
	shown = [str(message.get("message", "")) for message in _message_log() if message.get("raise_exception")]
	text = text or (shown[-1] if shown else str(error))
	return frappe.utils.strip_html(text)[:500] or type(error).__name__


# --- one order -------------------------------------------------------------------------------------


def _pending(shop: str, skipped: set[str]) -> list[str]:
	filters: dict = {"shop": shop, "state": "To Process"}
	if skipped:
		filters["name"] = ("not in", list(skipped))
	return frappe.get_all(
		"Marketplace Order", filters=filters, order_by="ordered_at asc, name asc", limit=BATCH, pluck="name"
	)


def _process_locked(batch: Batch, row: frappe._dict, run: Run) -> str | None:
	"""Take the row's lock, look whether the batch still knows the truth, process."""
	locked = _lock(row.name)
	if not locked or locked.state != "To Process":
		return None
	if (locked.digest, locked.sales_order) != (row.digest, row.sales_order):
		return None  # changed since the batch was read; it is still "To Process" and comes up again
	frappe.db.savepoint(SAVEPOINT)
	try:
		return _process(batch, row, run)
	except HoldOrder as held:
		frappe.db.rollback(save_point=SAVEPOINT)
		return hold(row, held.hold, run.log)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		# The database rolled the transaction back; the order stays "To Process" for the next run.
		frappe.db.rollback()
		return "failed"
	except REFUSALS as error:
		# ERPNext, or another app's hook, refuses the document. Its words are the best explanation.
		frappe.db.rollback(save_point=SAVEPOINT)
		return hold(row, Hold("refused_by_erpnext", (plain_text(error),)), run.log, error)
	finally:
		frappe.clear_messages()


def _process(batch: Batch, row: frappe._dict, run: Run) -> str:
	order = batch.orders.get(row.name)
	if order is None and row.hold_code == UNREADABLE:
		frappe.db.set_value("Marketplace Order", row.name, {"state": "On Hold"})
		return "held"
	if order is None:
		return hold(row, Hold(UNREADABLE, ("",)), run.log)
	decision = decide_row(batch, row)
	if decision.hold:
		return hold(row, decision.hold, run.log)
	outcome = steps.apply(batch.shop, row, order, decision, batch.known[row.name], run.log)
	_finish(row, order, decision, outcome, run.log)
	return outcome.result


def hold(row: frappe._dict, reason: Hold, log: str | None, error: Exception | None = None) -> str:
	"""Write why the order waits, as data the form makes buttons of."""
	values = {
		"state": "On Hold",
		"hold_code": reason.code,
		"hold_reason": pack(reason.values),
		"hold_details": json.dumps(dict(reason.details), ensure_ascii=False, default=str),
		"processed_at": clock.site_now(),
		"attempts": (row.attempts or 0) + 1,
	}
	is_news = (row.hold_code, row.hold_reason) != (reason.code, values["hold_reason"])
	if is_news:
		values["hold_since"] = clock.site_now()
	frappe.db.set_value("Marketplace Order", row.name, values)
	if is_news:
		add_events([{"order": row.name, "event": "held", "values": [reason.text], "sync_log": log}])
		_tell(row, {"state": "On Hold", "hold_code": reason.code})
		if error:
			frappe.logger("marketplace").info("order %s held", row.external_id, exc_info=error)
	return "held"


def _finish(
	row: frappe._dict, order: Order, decision: Decision, outcome: steps.Outcome, log: str | None
) -> None:
	values = {
		"state": "Ignored" if row.state == "Ignored" else "Done",
		"processed_digest": row.digest,
		"processed_at": clock.site_now(),
		"hold_code": None,
		"hold_reason": None,
		"hold_details": None,
		"hold_since": None,
		"attempts": 0,
		"warehouse": decision.warehouse,
		**outcome.values,
	}
	if order.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
		values["was_shipped"] = 1
	frappe.db.set_value("Marketplace Order", row.name, values)
	if outcome.line_items:
		_link_items(row.name, outcome.line_items)
	events = outcome.events
	if not events and not row.processed_digest and not row.sales_order:
		events = [{"event": "nothing", "values": [decision.reason.format(*decision.values)]}]
	add_events([{"order": row.name, "sync_log": log, **event} for event in events])
	_tell(row, values)


def _tell(row: frappe._dict, values: Mapping[str, Any]) -> None:
	"""What others may hear of a processed order."""
	changes = {
		field: (row[field], values[field])
		for field in told.PROCESSED
		if field in values and (row[field] or None) != (values[field] or None)
	}
	announce.changed("Marketplace Order", {row.name: changes})


def _link_items(name: str, line_items: dict[str, str]) -> None:
	"""Show on the order's lines which item each became: one update."""
	line = frappe.qb.DocType("Marketplace Order Line")
	case = Case()
	for line_id, item in line_items.items():
		case = case.when(line.line_id == line_id, item)
	frappe.qb.update(line).set(line.item, case).where(line.parent == name).where(
		line.parenttype == "Marketplace Order"
	).run()


def _lock(name: str) -> frappe._dict | None:
	"""The row, locked for this transaction; None when another worker holds it."""
	rows = frappe.db.get_values(
		"Marketplace Order",
		{"name": name},
		["name", "state", "digest", "sales_order"],
		as_dict=True,
		for_update=True,
		skip_locked=True,
	)
	return rows[0] if rows else None


def _message_log() -> list[dict]:
	found = []
	for message in frappe.local.message_log or []:
		found.append(json.loads(message) if isinstance(message, str) else message)
	return found


def _count(run: Run, result: str) -> None:
	names = {"created": "created_count", "updated": "updated_count", "held": "held", "failed": "failed"}
	if result in names:
		run.count(**{names[result]: 1})
