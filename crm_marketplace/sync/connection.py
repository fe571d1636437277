"""Test a shop's connection and fetch its warehouses: what the buttons of the shop do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe import _

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import AuthenticationError, IntegrationError
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ChannelWarehouse, CredentialsReport, Right
from crm_marketplace.sync import accounts, announce, breaker, clock, keys
from crm_marketplace.sync.messages import error_next_step, error_sentence, translated
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, Shop

# In a web request nothing sleeps; a used-up budget is said instead.
WEB_PATIENCE = 0.0


def test(shop: Shop) -> dict[str, Any]:
	"""Check the credentials and write what was found on the shop. Never raises for a marketplace's answer."""
	try:
		report = shop.connect(patience=WEB_PATIENCE).check_credentials()
	except IntegrationError as error:
		status = "Refused" if isinstance(error, AuthenticationError) else None
		_save(shop, {"connection_status": status} if status else {})
		return {
			"status": status or shop.doc.connection_status,
			"message": error_sentence(error),
			"next_step": error_next_step(error),
			"rights": [],
			"notes": [],
			"accounts": [],
		}
	missing = [right for right in report.rights if not right.granted and _is_needed(shop, right)]
	status = "Limited" if missing else "Working"
	_save(shop, _report_values(shop, report) | {"connection_status": status})
	if shop.doc.breaker_state != "Closed":
		breaker.close(shop.name)
	return {
		"status": status,
		"message": _("The key works, but some rights are missing.")
		if missing
		else _("The connection works."),
		"next_step": _(
			"Add the missing rights in the marketplace's cabinet; what they are for stays off until then."
		)
		if missing
		else "",
		"account_name": report.account_name,
		"account_id": report.account_id,
		"legal_name": report.legal_name,
		"expires_at": clock.to_site(report.expires_at),
		"rights": [
			{
				"capability": right.capability,
				"label": capability_label(right.capability),
				"granted": right.granted,
				"missing": list(right.missing),
			}
			for right in report.rights
		],
		"notes": [translated(note) for note in report.notes],
		"accounts": accounts.offered(shop, report.accounts),
	}


def fetch_warehouses(shop: Shop) -> dict[str, Any]:
	"""Add the channel's warehouses to the shop's mapping and refresh their names. Keeps what people mapped.

	Returns:
		added, updated, unread: id → why that warehouse could not be read.

	Raises:
		IntegrationError: the marketplace did not tell.
	"""
	connector = shop.connect(patience=WEB_PATIENCE)
	found: list[ChannelWarehouse] = []
	unread: dict[str, str] = {}
	for page in walk(lambda token, limit: connector.warehouses(token)):
		found.extend(item.record for item in page.items if item.record)
		unread |= {item.external_id: error_sentence(item.error) for item in page.items if item.error}
	added, updated = merge_warehouses(shop.doc, found, unread)
	shop.doc.save()
	return {"added": added, "updated": updated, "unread": unread}


def merge_warehouses(
	doc, found: Collection[ChannelWarehouse], unread: Collection[str] = ()
) -> tuple[int, int]:
	"""Bring rows of the mapping table in line with what the marketplace has. Returns added and updated.

	Args:
		found: what could be read of the whole list.
		unread: ids of those that could not: they are there, and their rows stay as they are.
	"""
	rows: dict[str, list] = {}
	for row in doc.warehouses:
		rows.setdefault(row.channel_warehouse_id, []).append(row)
	added = updated = 0
	for warehouse in found:
		values = {
			"channel_warehouse_name": warehouse.name,
			"scheme": warehouse.scheme.value,
			"is_active": int(warehouse.is_active),
			"stock_group": warehouse.stock_group,
			"delivery_methods": ", ".join(method.name for method in warehouse.delivery_methods)[:500],
		}
		existing = rows.get(warehouse.external_id)
		if not existing:
			doc.append(
				"warehouses", {"channel_warehouse_id": warehouse.external_id, "publish_stock": 1, **values}
			)
			added += 1
			continue
		for row in existing:
			if any((row.get(key) or None) != (value or None) for key, value in values.items()):
				row.update(values)
				updated += 1
	gone = set(rows) - {warehouse.external_id for warehouse in found} - set(unread)
	if not set(unread) <= set(rows):
		gone = set()  # under an id we do not know may be any of them
	for external_id in gone:
		for row in rows[external_id]:
			row.is_active = 0
	return added, updated


def capability_label(capability: str) -> str:
	"""What a right is for, for people."""
	labels = {
		Capability.CREDENTIALS: _("Account"),
		Capability.WAREHOUSES: _("Warehouses"),
		Capability.LISTINGS: _("Listings"),
		Capability.ORDERS: _("Orders"),
		Capability.STOCK: _("Stock", context="Marketplace Stream"),
		Capability.PRICES: _("Prices"),
		Capability.CANCELLATION: _("Cancelling orders"),
		Capability.FULFILMENT: _("Packing"),
		Capability.LABELS: _("Labels"),
		Capability.RETURNS: _("Returns", context="Marketplace Stream"),
		Capability.SETTLEMENTS: _("Settlements"),
		Capability.FEEDBACK: _("Reviews and questions"),
		Capability.CHATS: _("Chats"),
		Capability.WEBHOOKS: _("Notifications"),
	}
	return labels.get(capability, str(capability))


def _is_needed(shop: Shop, right: Right) -> bool:
	"""A right that only streams need which are switched off is told, and limits nothing: reviews, for one, want a
	subscription few sellers have.
	"""
	streams = [
		stream for stream, capability in CAPABILITY_OF_STREAM.items() if capability.value == right.capability
	]
	rows = [row for row in shop.doc.streams if row.stream in streams]
	return not rows or any(row.enabled for row in rows)


def _report_values(shop: Shop, report: CredentialsReport) -> dict[str, Any]:
	currency = report.currency if report.currency and frappe.db.exists("Currency", report.currency) else None
	expires_on = clock.to_site(report.expires_at)
	warned = shop.doc.credential_warned if expires_on == shop.doc.credential_expires_on else 0
	return {
		"account_id": report.account_id,
		"account_name": report.account_name or report.legal_name,
		"account_currency": currency,
		"credential_expires_on": expires_on,
		"credential_warned": warned,
		"missing_rights": keys.pack_missing(report.rights),
	}


def _save(shop: Shop, values: dict[str, Any]) -> None:
	# Not an edit of the shop by a person: an open form must not complain about it.
	frappe.db.set_value(
		"Marketplace Shop", shop.name, values | {"checked_on": clock.site_now()}, update_modified=False
	)
	before, now = shop.doc.connection_status, values.get("connection_status")
	if now and now != before:
		announce.changed("Marketplace Shop", {shop.name: {"connection_status": (before, now)}})
