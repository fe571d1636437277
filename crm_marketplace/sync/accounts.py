"""One key, several shops: each becomes a Marketplace Shop of its own, with the key and settings of the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.records import Account
from crm_marketplace.sync import locks
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.shops import PUBLIC_SLOTS, Shop, credential_slots, get_shop

NAME_LENGTH = 140
Selection = tuple[str, ...]  # values of the fields that pick one of the shops, in the order of the connector


def offered(shop: Shop, accounts: Iterable[Account]) -> list[dict[str, Any]]:
	"""What the desk offers to connect.

	Returns:
		Rows of account, title, schemes, available, reason, shop (the Marketplace Shop it is already, or None)
		and is_this.
	"""
	known = _connected(shop)
	rows = []
	for account in accounts:
		name = known.get(_selection(shop, account.credentials))
		rows.append(
			{
				"account": account.external_id,
				"title": account.title,
				"schemes": [scheme.value for scheme in account.schemes],
				"available": account.available,
				"reason": translated(account.reason) if account.reason else "",
				"shop": name,
				"is_this": name == shop.name,
			}
		)
	return rows


def connect(shop: Shop, wanted: Sequence[str]) -> list[dict[str, Any]]:
	"""Make a Marketplace Shop of each wanted account that is none yet; the marketplace is asked anew which
	there are. Where this shop has no account chosen, it becomes the first of them itself.

	Args:
		wanted: ids of accounts.

	Returns:
		Rows of account, shop and created, in the order of the marketplace.

	Raises:
		IntegrationError: the marketplace did not tell.
		frappe.ValidationError: an account is unknown or not available.
	"""
	with locks.held(shop.name, "accounts") as free:
		if not free:
			frappe.throw(_("Somebody is connecting these shops at this moment."))
		found = shop.connect(patience=0.0).check_credentials().accounts
		chosen = [account for account in found if account.external_id in wanted]
		_refuse_unusable(chosen, wanted)
		made = [_connect_one(shop, account) for account in chosen]
		frappe.db.commit()  # before the lock is gone: the next one must see these shops
	for row in made:
		if row["created"]:
			frappe.enqueue(
				"crm_marketplace.sync.accounts.prepare",
				queue="short",
				job_id=f"marketplace::{row['shop']}::prepare",
				deduplicate=True,
				shop=row["shop"],
			)
	return made


def prepare(shop: str) -> None:
	"""Test a new shop and fetch its warehouses, as its owner would next. What fails, its checklist says."""
	from crm_marketplace.sync import connection  # which offers the accounts

	target = get_shop(shop)
	if connection.test(target)["status"] == "Refused":
		return
	try:
		connection.fetch_warehouses(get_shop(shop))
	except IntegrationError as error:
		frappe.logger("marketplace").info("warehouses of %s: %s", shop, error)


# --- inside ----------------------------------------------------------------------------------------


def _connected(shop: Shop) -> dict[Selection, str]:
	"""What picks an account → the Marketplace Shop that has it."""
	slots = list(_selecting_slots(shop).values())
	rows = frappe.get_all(
		"Marketplace Shop",
		filters={"marketplace": shop.doc.marketplace},
		fields=["name", *slots],
		order_by="creation asc",
	)
	known: dict[Selection, str] = {}
	for row in rows:
		known.setdefault(tuple((row[slot] or "").strip() for slot in slots), row.name)
	return known


def _selection(shop: Shop, values: Mapping[str, str]) -> Selection:
	return tuple(values.get(field, "") for field in _selecting_slots(shop))


def _selecting_slots(shop: Shop) -> dict[str, str]:
	"""Credentials that pick one of a key's shops → fields of the shop they are kept in. None is a secret."""
	selecting = {field.name for field in shop.info.credential_fields if field.selects_shop}
	return {
		field: slot
		for field, slot in credential_slots(shop.info).items()
		if field in selecting and slot in PUBLIC_SLOTS
	}


def _refuse_unusable(chosen: Sequence[Account], wanted: Sequence[str]) -> None:
	if len(chosen) != len(set(wanted)):
		frappe.throw(_("The key does not open all of these shops. Test the connection again."))
	for account in chosen:
		if not account.available:
			frappe.throw(
				_("{0} cannot be connected: {1}").format(
					frappe.utils.escape_html(account.title), translated(account.reason)
				)
			)


def _connect_one(shop: Shop, account: Account) -> dict[str, Any]:
	name = _connected(shop).get(_selection(shop, account.credentials))
	if name:
		return {"account": account.external_id, "shop": name, "created": False}
	if not any(shop.doc.get(slot) for slot in _selecting_slots(shop).values()):
		_choose(shop, account)
		return {"account": account.external_id, "shop": shop.name, "created": False}
	doc = _copy(shop, account)
	doc.insert()
	return {"account": account.external_id, "shop": doc.name, "created": True}


def _choose(shop: Shop, account: Account) -> None:
	"""This shop stood for the whole account; now it is one of its shops."""
	for doctype in ("Marketplace Order", "Marketplace Listing"):
		if frappe.db.exists(doctype, {"shop": shop.name}):
			frappe.throw(
				_(
					"{0} has orders or listings of the whole account. Make a new shop with this key first."
				).format(shop.name)
			)
	_fill_in(shop.doc, shop, account)
	shop.doc.save()


def _copy(shop: Shop, account: Account) -> Document:
	"""A new shop, switched off, with the company, rules and key of this one and a mapping of its own."""
	doc = frappe.copy_doc(shop.doc, ignore_no_copy=False)
	doc.update(
		{
			"shop_name": _free_name(account),
			"enabled": 0,
			"webhooks_enabled": 0,
			"customer": None,
			"warehouses": [],
		}
	)
	_fill_in(doc, shop, account)
	return doc


def _fill_in(doc: Document, shop: Shop, account: Account) -> None:
	slots = credential_slots(shop.info)
	for field, value in (shop.credentials() | dict(account.credentials)).items():
		if field in slots:
			doc.set(slots[field], value)


def _free_name(account: Account) -> str:
	title = account.title.strip()[:NAME_LENGTH] or account.external_id
	if not frappe.db.exists("Marketplace Shop", title):
		return title
	ending = f" {account.external_id}"
	return title[: NAME_LENGTH - len(ending)] + ending
