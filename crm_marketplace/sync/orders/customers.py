"""The customer of an order: the shop's own, or the buyer recognised by hashed keys."""

from __future__ import annotations

import hashlib

import frappe
from frappe.utils import validate_email_address, validate_phone_number

from crm_marketplace.integrations.records import Address, Order, Party
from crm_marketplace.rules.customers import customer_name, identity_keys, normalise_phone
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.text import as_name, plain_values

PER_BUYER = "One customer per buyer"
SAVEPOINT = "marketplace_customer"


def customer_for(shop: Shop, order: Order) -> str:
	"""Name of the Customer an order goes to; makes it when it is new.

	A buyer the marketplace does not tell goes to the shop's customer. Two workers that meet the same new
	buyer get one customer: the keys are unique in the database.
	"""
	party = order.buyer or order.recipient
	if (
		shop.doc.customer_policy != PER_BUYER
		or party is None
		or not party.is_known
		or not customer_name(party)
	):
		return shop_customer(shop)
	keys = identity_keys(party, shop.doc.marketplace, _region(shop))
	if not keys:
		return shop_customer(shop)
	customer = _find(keys)
	if customer:
		_remember(keys, customer, shop.doc.marketplace)
		return customer
	return _create_once(shop, party, keys)


def shop_customer(shop: Shop) -> str:
	"""The customer all anonymous orders of a shop go to, made on first use."""
	if shop.doc.customer:
		return shop.doc.customer
	known = frappe.db.get_value("Marketplace Shop", shop.name, "customer", for_update=True)
	if known:
		shop.doc.customer = known
		return known
	doc = _new_customer(shop, shop.name, "Company")
	doc.insert(ignore_permissions=True)  # the shop's manager asked for it by leaving the field empty
	# Not remembered on `shop` yet: the order it is made for may still be taken back.
	frappe.db.set_value("Marketplace Shop", shop.name, "customer", doc.name, update_modified=False)
	return doc.name


def shipping_address(customer: str, address: Address | None, party: Party | None) -> str | None:
	"""An Address of the customer that says exactly this; made when there is none.

	An address of an earlier order is never changed: another street is another Address.
	"""
	if address is None or not (address.street and address.city):
		return None
	mark = hashlib.sha256(address.model_dump_json().encode()).hexdigest()[:8]
	title = f"{customer[:100]} {mark}"
	name = frappe.db.get_value("Address", {"address_title": title, "address_type": "Shipping"})
	if name:
		return name
	doc = frappe.new_doc("Address")
	doc.update(
		{
			"address_title": title,
			"address_type": "Shipping",
			**plain_values(
				"Address",
				{
					"address_line1": address.street,
					"address_line2": address.comment,
					"city": address.city,
					"county": address.district,
					"state": address.region,
					"pincode": address.postcode,
				},
			),
			"country": _country(address),
			"phone": _phone(party),
			"email_id": _email(party),
		}
	)
	doc.append("links", {"link_doctype": "Customer", "link_name": customer})
	doc.insert(ignore_permissions=True)  # part of the order the job was told to import
	return doc.name


# --- inside ----------------------------------------------------------------------------------------


def _find(keys: tuple[str, ...], for_update: bool = False) -> str | None:
	rows = frappe.db.get_values(
		"Marketplace Buyer Identity",
		{"identity": ("in", keys)},
		["identity", "customer"],
		as_dict=True,
		for_update=for_update,
	)
	by_key = {row.identity: row.customer for row in rows}
	return next((by_key[key] for key in keys if key in by_key), None)


def _remember(keys: tuple[str, ...], customer: str, marketplace: str) -> None:
	known = set(
		frappe.get_all("Marketplace Buyer Identity", filters={"identity": ("in", keys)}, pluck="identity")
	)
	for key in keys:
		if key not in known:
			doc = frappe.new_doc("Marketplace Buyer Identity")
			doc.update({"identity": key, "customer": customer, "marketplace": marketplace})
			doc.insert(ignore_permissions=True)  # an index of the app's own


def _create_once(shop: Shop, party: Party, keys: tuple[str, ...]) -> str:
	"""A customer for a new buyer, or the one another worker made of him in this very moment."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		customer = _create(shop, party)
		_remember(keys, customer, shop.doc.marketplace)
	except frappe.UniqueValidationError:
		frappe.db.rollback(save_point=SAVEPOINT)
		# A locking read sees what was committed after our transaction began.
		customer = _find(keys, for_update=True)
		if not customer:
			raise
	return customer


def _create(shop: Shop, party: Party) -> str:
	name = as_name(customer_name(party))
	doc = _new_customer(shop, name, "Company" if party.is_company else "Individual")
	if party.is_company:
		doc.tax_id = party.tax_id
	doc.email_id = _email(party)
	doc.mobile_no = None if party.phone_is_masked else normalise_phone(party.phone, _region(shop))
	doc.insert(ignore_permissions=True)  # part of the order the job was told to import
	return doc.name


def _email(party: Party | None) -> str | None:
	"""The buyer's e-mail, where ERPNext takes it for one: else the order would wait for its sake."""
	return (party and party.email and validate_email_address(party.email)) or None


def _phone(party: Party | None) -> str | None:
	"""The same for the telephone: marketplaces add words to it ("доб. 123")."""
	return party.phone if party and party.phone and validate_phone_number(party.phone) else None


def _new_customer(shop: Shop, name: str, kind: str):
	doc = frappe.new_doc("Customer")
	doc.update(
		{
			"customer_name": name,
			"customer_type": kind,
			"customer_group": shop.doc.customer_group or _default("customer_group", "Customer Group"),
			"territory": shop.doc.territory or _default("territory", "Territory"),
			"default_price_list": shop.doc.selling_price_list,
		}
	)
	return doc


def _default(setting: str, doctype: str) -> str | None:
	"""The selling settings' choice, else the first that is no group."""
	chosen = frappe.db.get_single_value("Selling Settings", setting)
	if chosen and not frappe.get_cached_value(doctype, chosen, "is_group"):
		return chosen
	return frappe.db.get_value(doctype, {"is_group": 0}, order_by="lft asc") or chosen


def _region(shop: Shop) -> str | None:
	"""ISO country of the company: whose national phone numbers are meant."""
	country = frappe.get_cached_value("Company", shop.company, "country")
	code = frappe.get_cached_value("Country", country, "code") if country else None
	return code.upper() if code else None


def _country(address: Address) -> str:
	if address.country:
		name = frappe.db.get_value("Country", {"name": address.country}) or frappe.db.get_value(
			"Country", {"code": address.country.lower()}
		)
		if name:
			return name
	return frappe.db.get_default("country")
