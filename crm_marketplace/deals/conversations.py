"""A deal out of a conversation: a letter, a call, a chat, a message. One conversation makes one deal.

The deal remembers the conversation by a key that is unique in the database; the conversation gets a link to the
deal, so that the deal's story tells of it.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import parse_addr, strip_html

from crm_marketplace.deals.duplicates import search
from crm_marketplace.rules.duplicates import CERTAIN, Party

PARTIES = ("Customer", "Lead", "Prospect")
# DocType → the child table that links it to other documents, and the DocType of its rows.
LINKS = {"Communication": ("timeline_links", "Communication Link"), "Call Log": ("links", "Dynamic Link")}
MOST_TITLE = 140


def key_of(doctype: str | None, name: str | None) -> str | None:
	"""What a deal remembers a conversation by; None: it came of something else."""
	return f"{doctype}/{name}" if doctype in LINKS and name else None


def deal_made_of(doctype: str, name: str) -> dict[str, Any] | None:
	"""The deal a conversation was made into already, if any.

	Returns:
		`name` and `title`, both None where the session's user may not see that deal.
	"""
	key = key_of(doctype, name)
	made = frappe.db.get_value("Deal", {"conversation_key": key}) if key else None
	if not made:
		return None
	doc = frappe.get_doc("Deal", made)
	seen = doc.has_permission("read")
	return {"name": doc.name if seen else None, "title": doc.title if seen else None}


def remember(deal: Document) -> None:
	"""Before a deal is saved: its key follows from the conversation it names."""
	deal.conversation_key = key_of(deal.conversation_type, deal.conversation)
	if not deal.conversation_key:
		deal.conversation_type = deal.conversation = None


def check(deal: Document) -> None:
	"""A sentence for whoever comes second; two at once are told apart by the unique key.

	Who may not read a conversation makes no deal of it either: the deal's story would tell it.
	"""
	if not deal.conversation_key or not deal.has_value_changed("conversation_key"):
		return
	if not frappe.has_permission(deal.conversation_type, "read", deal.conversation):
		frappe.throw(_("You may not read the conversation this deal is made of."), frappe.PermissionError)
	if frappe.db.exists("Deal", {"conversation_key": deal.conversation_key, "name": ("!=", deal.name)}):
		frappe.throw(
			_("A deal was made of this conversation already. Open that one from the conversation."),
			frappe.DuplicateEntryError,
			title=_("Made Already"),
		)


def connect(deal: Document) -> None:
	"""A new deal: its conversation links to it. The row alone is written; the letter stays as it is."""
	if not deal.conversation_key:
		return
	table, row_type = LINKS[deal.conversation_type]
	doc = frappe.get_doc(deal.conversation_type, deal.conversation)
	if any(row.link_doctype == "Deal" and row.link_name == deal.name for row in doc.get(table)):
		return
	frappe.get_doc(
		doctype=row_type,
		parent=doc.name,
		parenttype=doc.doctype,
		parentfield=table,
		idx=len(doc.get(table)) + 1,
		link_doctype="Deal",
		link_name=deal.name,
		link_title=deal.title,
	).db_insert()


def forget(deal: Document) -> None:
	"""A deal is deleted: calls no longer link to it, or it could not go. Of letters Frappe does the same."""
	frappe.db.delete(
		"Dynamic Link", {"parenttype": "Call Log", "link_doctype": "Deal", "link_name": deal.name}
	)


# --- what a deal takes from it ----------------------------------------------------------------------


def of_communication(doc: Document) -> dict[str, Any]:
	"""Of a letter, a chat, a message, whatever its medium."""
	email, phone = _address(doc), doc.phone_no
	contact = _first(doc.timeline_links, "Contact")
	if not contact and doc.reference_doctype == "Contact":
		contact = doc.reference_name
	party = (
		_party_of_reference(doc.reference_doctype, doc.reference_name)
		or party_among(doc.timeline_links)
		or _party_of_contact(contact)
		or _party_reached_by(email, phone)
	)
	return {
		"title": _title(doc, phone or doc.sender_full_name or email),
		"contact_person": contact,
		"conversation_type": doc.doctype,
		"conversation": doc.name,
		**party,
	}


def of_call(doc: Document) -> dict[str, Any]:
	"""Of a call; the number is the other side's."""
	number = doc.get("from") if doc.type == "Incoming" else doc.to
	contact = _first(doc.links, "Contact")
	return {
		"title": _("Call {0}").format(number),
		"contact_person": contact,
		"conversation_type": doc.doctype,
		"conversation": doc.name,
		**(party_among(doc.links) or _party_of_contact(contact) or _party_reached_by(None, number)),
	}


def party_among(links: list) -> dict[str, Any]:
	"""The party named by the links of a document, customers first."""
	for party_type in PARTIES:
		if party := _first(links, party_type):
			return {"party_type": party_type, "party": party}
	return {}


def _first(links: list, doctype: str) -> str | None:
	return next((row.link_name for row in links if row.link_doctype == doctype), None)


def _title(doc: Document, who: str | None) -> str:
	"""The subject; messages have none: how they begin, or else with whom they were."""
	text = doc.subject or " ".join(strip_html(doc.content or "").split())
	if text:
		return text[:MOST_TITLE]
	medium = _(doc.communication_medium) if doc.communication_medium else _("Conversation")
	return f"{medium}: {who or doc.name}"[:MOST_TITLE]


def _address(doc: Document) -> str | None:
	"""The e-mail address of the other side."""
	addresses = doc.sender if doc.sent_or_received == "Received" else doc.recipients
	return parse_addr((addresses or "").split(",")[0])[1] or None


def _party_of_reference(doctype: str | None, name: str | None) -> dict[str, Any]:
	"""The party of the document a conversation hangs on: itself, or the one it names."""
	if not doctype or not name:
		return {}
	if doctype in PARTIES:
		return {"party_type": doctype, "party": name}
	if doctype == "Contact":
		return _party_of_contact(name)
	meta = frappe.get_meta(doctype)
	for type_field, field in (
		("party_type", "party"),
		("quotation_to", "party_name"),
		("opportunity_from", "party_name"),
	):
		if meta.has_field(type_field) and meta.has_field(field):
			party_type, party = frappe.db.get_value(doctype, name, [type_field, field]) or (None, None)
			return {"party_type": party_type, "party": party} if party and party_type in PARTIES else {}
	customer = frappe.db.get_value(doctype, name, "customer") if meta.has_field("customer") else None
	return {"party_type": "Customer", "party": customer} if customer else {}


def _party_of_contact(contact: str | None) -> dict[str, Any]:
	return party_among(frappe.get_doc("Contact", contact).links) if contact else {}


def _party_reached_by(email: str | None, phone: str | None) -> dict[str, Any]:
	"""A party the caller may read with this very address or number: found along the index of keys."""
	if not email and not phone:
		return {}
	party = Party(phones=(phone,) if phone else (), emails=(email,) if email else ())
	for row in search.similar(party, PARTIES):
		if row["score"] >= CERTAIN and frappe.has_permission(row["party_type"], "read", row["party"]):
			return {"party_type": row["party_type"], "party": row["party"]}
	return {}
