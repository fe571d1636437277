"""Calls of the shop form."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from crm_marketplace.integrations import registry
from crm_marketplace.marketplace.api.guard import names, permitted, permitted_shop, said_to_user
from crm_marketplace.sync import accounts as further_accounts
from crm_marketplace.sync import (
	alerts,
	breaker,
	checklist,
	connection,
	health,
	locks,
	preview,
	scheduler,
	webhooks,
)
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, Shop, connector_hooks, credential_slots

BUTTON_STREAMS = ("orders", "listings", "stock", "prices", "returns", "reviews", "reconciliation", "drift")


@frappe.whitelist()
def connectors() -> list[dict[str, Any]]:
	"""The marketplaces a shop may be of, with the labels of their credentials."""
	frappe.has_permission("Marketplace Shop", "read", throw=True)
	found = []
	for cls in registry.connectors(connector_hooks()).values():
		info = cls.info
		slots = credential_slots(info)
		found.append(
			{
				"name": info.name,
				"title": info.title,
				"api_version": info.api_version,
				"documentation_url": info.documentation_url,
				"capabilities": sorted(str(capability) for capability in info.capabilities),
				"schemes": [scheme.value for scheme in info.schemes],
				"help_urls": dict(info.help_urls),
				"credential_fields": [
					{
						"fieldname": slots[field.name],
						"label": translated(field.label),
						"help": translated(field.help) if field.help else "",
						"secret": field.secret,
						"required": field.required,
					}
					for field in info.credential_fields
				],
			}
		)
	return found


@frappe.whitelist(methods=["POST"])
def test_connection(shop: str) -> dict[str, Any]:
	"""What works with this shop's key, and which right is missing."""
	return connection.test(permitted_shop(shop, "write"))


@frappe.whitelist(methods=["POST"])
def connect_accounts(shop: str, accounts: list | str) -> dict[str, Any]:
	"""Make Marketplace Shops of further shops this shop's key opens. Those that are there already stay.

	Returns:
		shops: rows of account, shop, created; message.
	"""
	target = permitted_shop(shop, "write")
	frappe.has_permission("Marketplace Shop", "create", throw=True)
	wanted = names(accounts)
	with said_to_user():
		made = further_accounts.connect(target, wanted)
	created = sum(row["created"] for row in made)
	message = _("{0} shops connected. Map the warehouses of each, then switch it on.").format(created)
	return {"shops": made, "message": message if created else _("These shops are connected already.")}


@frappe.whitelist(methods=["POST"])
def new_webhook_address(shop: str) -> dict[str, str | None]:
	"""Another secret address for notifications; the old one is dead at once."""
	target = permitted_shop(shop, "write")
	if not target.doc.webhooks_enabled:
		frappe.throw(_("This shop does not receive notifications."))
	target.doc.webhook_digest = None
	target.doc.save()
	return {"address": webhooks.address(permitted_shop(shop, "write"))}


@frappe.whitelist(methods=["POST"])
def fetch_warehouses(shop: str) -> dict[str, Any]:
	"""Add the channel's warehouses to the mapping table.

	Returns:
		added, updated, unread (how many could not be read), message.
	"""
	with said_to_user():
		counts = connection.fetch_warehouses(permitted_shop(shop, "write"))
	unread = counts["unread"]
	told = [_("{0} warehouses added, {1} changed.").format(counts["added"], counts["updated"])]
	told += [
		_("The warehouse {0} could not be read and stays as it is here: {1}").format(*entry)
		for entry in unread.items()
	]
	return counts | {"unread": len(unread), "message": " ".join(told)}


@frappe.whitelist(methods=["POST"])
def preview_orders(shop: str, limit: int = 20) -> dict[str, Any]:
	"""What the next order run would write; nothing is written."""
	target = permitted_shop(shop, "write")
	with said_to_user():
		return preview.preview(target, max(1, min(limit, 50)))


@frappe.whitelist(methods=["POST"])
def sync_now(shop: str, stream: str = "all") -> dict[str, Any]:
	"""Queue runs of this shop now. Operators may, too."""
	target = permitted_shop(shop, "read")
	frappe.has_permission("Marketplace Order", "write", throw=True)
	wanted = [stream]
	if stream == "all":
		wanted = [name for name in BUTTON_STREAMS[:4] if target.is_on(name) and _offers(target, name)]
		if not target.doc.enabled:
			wanted = [name for name in wanted if name != "prices"]
	if not wanted:
		frappe.throw(_("No stream of this shop is switched on. Switch one on in the tab Jobs."))
	for name in wanted:
		_check_may_start(target, name)
	free = [name for name in wanted if not _is_busy(target, name)] or wanted
	return {"logs": [{"stream": name, "name": _start(target, name, "Button")} for name in free]}


@frappe.whitelist()
def shop_checklist(shop: str) -> list[dict[str, Any]]:
	"""The setup checklist with live checks."""
	return checklist.check(permitted_shop(shop))


@frappe.whitelist()
def shop_health(shop: str) -> dict[str, Any]:
	"""The health panel."""
	permitted_shop(shop)
	return health.describe(shop)


@frappe.whitelist(methods=["POST"])
def resume_shop(shop: str) -> None:
	"""A person says the cause of the pause is mended."""
	permitted_shop(shop, "write")
	breaker.close(shop)
	health.refresh(shop)
	frappe.db.set_value(
		"Marketplace Stream",
		{"shop": shop, "enabled": 1},
		{"next_run_at": frappe.utils.now_datetime()},
		update_modified=False,
	)


@frappe.whitelist(methods=["POST"])
def retry_run(log: str) -> dict[str, Any]:
	"""Run the stream of a sync log again."""
	doc = permitted("Marketplace Sync Log", log)
	target = permitted_shop(doc.shop)
	frappe.has_permission("Marketplace Order", "write", throw=True)
	_check_may_start(target, doc.stream)
	return {"log": _start(target, doc.stream, "Retry")}


# --- inside ----------------------------------------------------------------------------------------


def _offers(shop: Shop, stream: str) -> bool:
	return CAPABILITY_OF_STREAM[stream] in shop.info.capabilities


def _check_may_start(shop: Shop, stream: str) -> None:
	"""Say why a button may not start the stream, where it may not. Streams that are off may be started, as
	may those of a shop that is not enabled yet, but prices are nothing to try out.
	"""
	if stream not in BUTTON_STREAMS or not _offers(shop, stream):
		frappe.throw(_("This marketplace has no stream called {0}.").format(frappe.utils.escape_html(stream)))
	if stream == "prices" and not shop.is_on(stream):
		frappe.throw(
			_(
				"Prices are not sent while their stream is off. Preview them, then switch it on in the tab Jobs."
			)
		)
	if stream == "prices" and not shop.doc.enabled:
		frappe.throw(_("Prices are not sent while the shop is off. Preview them, then enable the shop."))
	if shop.doc.breaker_state == "Open":
		frappe.throw(
			_("The shop is paused: {0} Mend the cause, then press Resume.").format(
				frappe.utils.escape_html(shop.doc.breaker_reason or "")
			)
		)


def _is_busy(shop: Shop, stream: str) -> bool:
	"""Whether a run of the stream is under way or in the queue: another one would not be queued."""
	return not locks.is_free(shop.name, stream) or scheduler.is_waiting(shop.name, stream)


def _start(shop: Shop, stream: str, started_by: str) -> str:
	"""Write the log row at once, so that the button has something to link to, and queue its job."""
	if _is_busy(shop, stream):
		frappe.throw(_("“{0}” is running already.").format(alerts.stream_label(stream)))
	run = Run(shop.name, stream, started_by)
	run.start()
	scheduler.enqueue(shop.name, stream, started_by=started_by, log=run.log)
	return run.log
