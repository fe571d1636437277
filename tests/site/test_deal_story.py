"""The timeline: every source, in order, in pages, and only what the reader may read."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days, now_datetime, nowdate

from crm_marketplace.deals import documents, tasks
from crm_marketplace.deals.api import story
from crm_marketplace.deals.story.page import PAGE
from crm_marketplace.permissions.deals import forget_scopes
from tests.site.builders import make_item, unique
from tests.site.deals_world import make_customer, make_deal, make_lead, make_pipeline, move, stage_names


@pytest.fixture(scope="session")
def seller(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Deals User")


@pytest.fixture(scope="session")
def sales_user(user_with_role):
	return user_with_role("Deals User", "Sales User")


@pytest.fixture(scope="session")
def manager(user_with_role):
	return user_with_role("Deals Manager")


@pytest.fixture
def customer(site, seller, sales_user, manager):
	return make_customer()


@pytest.fixture
def contact(customer):
	return frappe.get_doc(
		doctype="Contact",
		first_name="Ольга",
		email_ids=[{"email_id": "olga.story@example.com", "is_primary": 1}],
		links=[{"link_doctype": "Customer", "link_name": customer}],
	).insert()


@pytest.fixture
def deal(customer):
	return make_deal(
		make_pipeline(),
		party=customer,
		expected_close="2027-01-15",
		items=[{"item_code": make_item(is_stock_item=0), "qty": 2, "rate": 500}],
	)


def told(doctype, name, **options):
	"""Kinds and names of all events, page after page."""
	events, after = [], None
	while True:
		page = story.events(doctype, name, after=after, **options)
		events += page["events"]
		after = page["next"]
		if not after:
			return events


def kinds(doctype, name, **options):
	return [event["kind"] for event in told(doctype, name, **options)]


def letter(**fields):
	return frappe.get_doc(
		doctype="Communication",
		communication_type="Communication",
		communication_medium="Email",
		sent_or_received="Received",
		subject="Цена",
		content="<p>Пришлите&nbsp;цену</p>",
		**fields,
	).insert()


def test_everything_of_a_customer(customer, contact, deal):
	letter(sender="olga.story@example.com")
	letter(sender="x@example.com", reference_doctype="Customer", reference_name=customer)
	frappe.get_doc("Customer", customer).add_comment("Comment", "Хороший клиент")
	tasks.add("Customer", customer, "Позвонить", due_at=now_datetime(), kind="Call")
	frappe.get_doc(
		doctype="Call Log",
		id=frappe.generate_hash(length=8),
		medium="phone",
		status="Completed",
		type="Incoming",
		start_time=now_datetime(),
		links=[{"link_doctype": "Customer", "link_name": customer}],
		**{"from": "+79031234567", "to": "+74951234567"},
	).insert()
	frappe.get_doc(
		doctype="File",
		file_name="offer.txt",
		content="offer",
		attached_to_doctype="Customer",
		attached_to_name=customer,
	).insert()
	move(deal, stage_names(deal.pipeline)[1])
	quotation = documents.make_quotation(deal.name).insert()
	quotation.submit()
	order = documents.make_sales_order(deal.name).insert()
	found = kinds("Customer", customer)
	assert {"letter", "comment", "task", "call", "file", "deal", "stage", "quotation", "order"} <= set(found)
	assert found.count("letter") == 2
	assert kinds("Deal", deal.name).count("quotation") == 1
	assert order.name in [event["name"] for event in told("Deal", deal.name)]
	assert kinds("Contact", contact.name).count("letter") == 1


def test_text_is_text(customer):
	letter(sender="x@example.com", reference_doctype="Customer", reference_name=customer)
	(event,) = told("Customer", customer, kinds=["letter"])
	assert event["text"] == "Пришлите цену"


def test_an_invoice_a_payment_and_a_return(customer, company):
	item = make_item(is_stock_item=0)
	invoice = frappe.get_doc(
		doctype="Sales Invoice",
		customer=customer,
		company=company,
		currency="RUB",
		items=[{"item_code": item, "qty": 2, "rate": 100}],
	).insert()
	invoice.submit()
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

	payment = get_payment_entry("Sales Invoice", invoice.name)
	payment.update({"reference_no": "1", "reference_date": "2026-01-01"})
	payment.insert()
	make_sales_return(invoice.name).insert()
	assert sorted(kinds("Customer", customer)) == ["invoice", "payment", "return"]
	event = told("Customer", customer, kinds=["invoice"])[0]
	assert (event["amount"], event["currency"], event["name"]) == (200, "RUB", invoice.name)


def test_an_order_of_a_shop_is_told_once_with_the_marketplaces_status(customer, shop):
	values = {"marketplace": "Ozon", "company": frappe.db.get_value("Marketplace Shop", shop, "company")}
	order = frappe.get_doc(
		doctype="Marketplace Order",
		shop=shop,
		external_id="S-1",
		order_number="S",
		status="Shipped",
		state="Done",
		currency="RUB",
		total=300,
		ordered_at="2026-03-02 12:30:00",
		customer=customer,
		**values,
	).insert(ignore_mandatory=True)
	(event,) = told("Customer", customer, kinds=["order"])
	assert (event["name"], event["status"], event["amount"]) == (order.name, "Shipped", 300)


def test_a_return_of_a_shop_is_told_with_its_goods(customer, shop, as_user, seller):
	back = frappe.get_doc(
		doctype="Marketplace Return",
		shop=shop,
		external_id="R-1",
		state="On The Way",
		goods="2 × Red cup",
		customer=customer,
	).insert(ignore_mandatory=True)
	(event,) = told("Customer", customer, kinds=["return"])
	assert (event["name"], event["status"], event["text"]) == (back.name, "On The Way", "2 × Red cup")
	frappe.share.add("Customer", customer, seller, read=1)
	with as_user(seller):
		assert told("Customer", customer, kinds=["return"]) == []


def test_pages_tell_everything_once_in_order(customer):
	moment = now_datetime().replace(microsecond=0)
	doc = frappe.get_doc("Customer", customer)
	for number in range(2 * PAGE + 7):
		comment = doc.add_comment("Comment", f"Comment {number}")
		# Many at one moment, as imports make them.
		frappe.db.set_value("Comment", comment.name, "creation", moment - timedelta(days=number // 20))
	tasks.add("Customer", customer, "Task", due_at=moment)
	events = told("Customer", customer)
	assert len(events) == 2 * PAGE + 8
	assert len({(event["kind"], event["text"]) for event in events}) == len(events)
	assert [event["at"] for event in events] == sorted((event["at"] for event in events), reverse=True)


def test_filters(customer, deal):
	tasks.add("Customer", customer, "Task", due_at=now_datetime())
	assert set(kinds("Customer", customer, kinds=["deal"])) == {"deal"}
	assert set(kinds("Customer", customer, kinds=["task", "deal"])) == {"task", "deal"}


def test_changes_of_a_deal_in_labels(deal):
	deal.reload()
	deal.title = "Новое название"
	deal.save(ignore_version=False)
	changes = [event["text"] for event in told("Deal", deal.name, kinds=["change"])]
	assert any("Title:" in text and "→ Новое название" in text for text in changes)


def test_changes_of_fields_for_managers_are_told_to_managers(deal, seller, manager, as_user):
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"users_see": "All"}).save()
	forget_scopes()
	deal.reload()
	deal.items[0].rate = 700
	deal.save(ignore_version=False)
	frappe.get_doc(
		doctype="Version",
		ref_doctype="Deal",
		docname=deal.name,
		data=frappe.as_json({"changed": [["margin", 1, 2], ["title", "One", "Two"]]}),
	).insert(ignore_permissions=True)
	for user, told_to_them in ((seller, False), (manager, True)):
		with as_user(user):
			text = "; ".join(event["text"] for event in told("Deal", deal.name, kinds=["change"]))
		assert "Title: One → Two" in text
		assert ("Margin" in text) is told_to_them


def make_shop_order(shop, customer, **fields):
	return frappe.get_doc(
		doctype="Marketplace Order",
		shop=shop,
		external_id=unique("S"),
		order_number="S",
		status="Shipped",
		state="Done",
		currency="RUB",
		total=300,
		ordered_at="2026-03-02 12:30:00",
		customer=customer,
		marketplace="Ozon",
		company=frappe.db.get_value("Marketplace Shop", shop, "company"),
		**fields,
	).insert(ignore_mandatory=True)


def test_an_order_of_a_shop_is_told_to_those_who_may_read_sales_orders_alone(
	customer, deal, shop, sales_user, as_user
):
	order = documents.make_sales_order(deal.name).insert()
	frappe.db.set_value("Sales Order", order.name, "marketplace_order", make_shop_order(shop, customer).name)
	assert len(told("Customer", customer, kinds=["order"])) == 1
	with as_user(sales_user):
		(event,) = told("Customer", customer, kinds=["order"])
		assert (event["doctype"], event["name"]) == ("Sales Order", order.name)


def test_a_deal_tells_of_its_deliveries_invoices_payments_and_returns(customer, deal, shop):
	from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
	from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice

	order = documents.make_sales_order(deal.name)
	order.delivery_date = add_days(nowdate(), 1)
	order.insert().submit()
	note = make_delivery_note(order.name).insert()
	invoice = make_sales_invoice(order.name).insert()
	invoice.submit()
	payment = get_payment_entry("Sales Invoice", invoice.name)
	payment.update({"reference_no": "1", "reference_date": nowdate()})
	payment.insert()
	back = make_sales_return(invoice.name).insert()
	other = frappe.get_doc(
		doctype="Sales Invoice", customer=customer, items=[{**invoice.items[0].as_dict(), "name": None}]
	)
	for row in other.items:
		row.update({"sales_order": None, "so_detail": None, "parent": None, "qty": 1})
	other.insert()
	wanted = {
		"delivery": note.name,
		"invoice": invoice.name,
		"payment": payment.name,
		"return": back.name,
		"order": order.name,
	}
	found = told("Deal", deal.name, kinds=list(wanted))
	assert {event["kind"]: event["name"] for event in found} == wanted
	assert other.name in [event["name"] for event in told("Customer", customer, kinds=["invoice"])]


def test_a_deal_tells_of_the_letters_of_its_contacts(customer, contact, deal):
	letter(sender="olga.story@example.com")
	assert "letter" not in kinds("Deal", deal.name) or deal.contact_person == contact.name
	deal.reload()
	deal.append("contacts", {"contact": contact.name})
	deal.save()
	assert "letter" in kinds("Deal", deal.name)
	assert deal.name in [event["name"] for event in told("Contact", contact.name, kinds=["deal"])]


def test_a_contact_and_a_converted_lead_tell_of_their_customers_documents(customer, contact, deal):
	order = documents.make_sales_order(deal.name).insert()
	lead = make_lead()
	frappe.db.set_value("Customer", customer, "lead_name", lead)
	for doctype, name in (("Contact", contact.name), ("Lead", lead)):
		assert order.name in [event["name"] for event in told(doctype, name, kinds=["order"])], doctype


def test_a_lead_tells_of_its_deals(site):
	lead = make_lead()
	make_deal(make_pipeline(), party_type="Lead", party=lead)
	assert "deal" in kinds("Lead", lead)


def test_the_reader_sees_only_what_they_may_read(customer, deal, seller, as_user):
	documents.make_quotation(deal.name).insert()
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"users_see": "Own"}).save()
	with as_user(seller):
		found = kinds("Customer", customer)
		assert "deal" not in found and "quotation" not in found
		with pytest.raises(frappe.PermissionError):
			story.events("Deal", deal.name)


def test_restrictions_by_company_hold(customer, deal, user_with_role, as_user, company):
	quotation = documents.make_quotation(deal.name).insert()
	from crm_marketplace.deals.story import source as sources

	seen = []
	original = sources.build_match_conditions
	try:
		sources.build_match_conditions = lambda doctype: (
			seen.append(doctype)
			or ("`tabQuotation`.`company` = 'Nobody & 100 % Sons'" if doctype == "Quotation" else "")
		)
		assert "quotation" not in kinds("Deal", deal.name)
	finally:
		sources.build_match_conditions = original
	assert "Quotation" in seen and quotation.name


@pytest.mark.parametrize("after", ["nonsense", "2026-01-01", "x|y|z"])
def test_a_place_that_is_none_is_refused(customer, after):
	with pytest.raises(frappe.ValidationError):
		story.events("Customer", customer, after=after)


def test_other_documents_have_no_story(site):
	with pytest.raises(frappe.ValidationError):
		story.events("User", "Administrator")
