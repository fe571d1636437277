"""Deals and ERPNext's documents: one made of the other, connections both ways, the deal that follows."""

from __future__ import annotations

import frappe
import pytest
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.desk.notifications import get_open_count

from crm_marketplace.deals import documents, sources
from crm_marketplace.rules.deals import Kind
from tests.site.builders import make_item
from tests.site.deals_world import make_customer, make_deal, make_lead, make_pipeline, move, stage_of


@pytest.fixture(scope="session")
def seller(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Sales User", "Sales Manager")


@pytest.fixture(scope="session")
def outsider(user_with_role):
	"""As above."""
	return user_with_role("Marketplace Viewer")


@pytest.fixture
def pipeline(site, seller, outsider):
	return make_pipeline()


@pytest.fixture
def deal(pipeline):
	"""A deal with a customer and a line of two pieces at 500."""
	item = make_item(is_stock_item=0)
	return make_deal(
		pipeline,
		party=make_customer(),
		expected_close="2027-01-15",
		items=[{"item_code": item, "qty": 2, "rate": 500}],
	)


def quote(deal, rate=None, submit=True):
	quotation = documents.make_quotation(deal.name)
	if rate:
		quotation.items[0].rate = rate
	quotation.insert()
	if submit:
		quotation.submit()
	deal.reload()
	return quotation


def order(quotation):
	sales_order = make_sales_order(quotation.name)
	sales_order.delivery_date = "2027-01-15"
	return sales_order.insert()


def test_a_quotation_has_the_lines_and_prices_of_the_deal(deal):
	quotation = quote(deal, submit=False)
	assert (quotation.party_name, quotation.deal, quotation.currency) == (deal.party, deal.name, "RUB")
	assert [(row.item_code, row.qty, row.rate) for row in quotation.items] == [
		(deal.items[0].item_code, 2, 500)
	]
	assert quotation.grand_total == 1000


def test_an_order_straight_from_the_deal(deal):
	sales_order = documents.make_sales_order(deal.name)
	sales_order.insert()
	assert (sales_order.customer, sales_order.deal, sales_order.grand_total) == (deal.party, deal.name, 1000)
	assert str(sales_order.delivery_date) == "2027-01-15"


@pytest.mark.parametrize("make", [documents.make_quotation, documents.make_sales_order])
def test_lines_without_an_item_are_named(deal, make):
	def told():
		return [one["message"] for one in frappe.get_message_log() if "left out" in one["message"]]

	make(deal.name)
	assert not told()
	deal.append("items", {"item_name": "Delivery <b>", "qty": 1, "rate": 300})
	deal.save()
	assert [row.item_code for row in make(deal.name).items] == [deal.items[0].item_code]
	(message,) = told()
	assert "Delivery &lt;b&gt;" in message and deal.items[0].item_name not in message


def test_a_lead_is_quoted_but_not_ordered_from_before_it_is_a_customer(pipeline):
	deal = make_deal(
		pipeline,
		party_type="Lead",
		party=make_lead(),
		items=[{"item_code": make_item(is_stock_item=0), "qty": 1, "rate": 5}],
	)
	assert quote(deal).quotation_to == "Lead"
	with pytest.raises(frappe.ValidationError, match="not a customer yet"):
		documents.make_sales_order(deal.name)
	customer = documents.make_customer(deal.name)
	customer.update({"customer_group": "Commercial", "territory": "All Territories"})
	customer.insert()
	assert documents.make_sales_order(deal.name).customer == customer.name


def test_a_deal_without_a_party_makes_no_documents(pipeline):
	with pytest.raises(frappe.ValidationError, match="who the deal is with"):
		documents.make_quotation(make_deal(pipeline).name)


def test_a_project_of_the_deal(deal):
	project = documents.make_project(deal.name)
	assert (project.project_name, project.customer, project.deal) == (deal.title, deal.party, deal.name)


def test_the_amount_follows_the_submitted_quotation(deal):
	quote(deal, rate=600, submit=False)
	assert (deal.amount, deal.amount_from) == (1000, "Items")
	quote(deal, rate=700)
	assert (deal.amount, deal.amount_from) == (1400, "Quotation")
	deal.amount = 1
	deal.save()
	assert deal.amount == 1400


def test_a_cancelled_quotation_gives_the_amount_back(deal):
	quotation = quote(deal, rate=700)
	quotation.cancel()
	deal.reload()
	assert deal.amount_from in ("By hand", "Items")
	deal.save()
	assert (deal.amount, deal.amount_from) == (1000, "Items")


def test_a_submitted_order_of_the_quotation_wins_the_deal(deal):
	sales_order = order(quote(deal))
	assert sales_order.deal == deal.name
	deal.reload()
	assert deal.stage_kind == "Open"
	sales_order.submit()
	deal.reload()
	assert (deal.stage_kind, deal.amount_from, deal.amount) == ("Won", "Sales Order", 1000)
	assert deal.closed_at and deal.history[-1].stage == stage_of(deal.pipeline, Kind.WON)


def test_where_the_pipeline_says_by_hand_an_order_wins_nothing(deal):
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"won_on": "By hand"}).save()
	order(quote(deal)).submit()
	deal.reload()
	assert deal.stage_kind == "Open"


def test_the_won_stage_may_have_any_name(deal):
	frappe.db.set_value("Deal Stage", stage_of(deal.pipeline, Kind.WON), "stage_name", "Деньги в кассе")
	order(quote(deal)).submit()
	deal.reload()
	assert deal.stage_kind == "Won"


def test_lost_quotations_lose_the_deal_where_the_pipeline_says_so(deal):
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"lost_with_quotations": 1}).save()
	first, second = quote(deal), quote(deal)
	first.declare_enquiry_lost([], [])
	deal.reload()
	assert deal.stage_kind == "Open"
	second.declare_enquiry_lost([], [])
	deal.reload()
	assert deal.stage_kind == "Lost"


def test_a_pipeline_without_a_won_stage_does_not_stop_the_order(deal):
	frappe.delete_doc("Deal Stage", stage_of(deal.pipeline, Kind.WON))
	sales_order = order(quote(deal))
	sales_order.submit()
	deal.reload()
	assert (sales_order.docstatus, deal.stage_kind) == (1, "Open")


def test_a_cancelled_order_asks_a_person_once(deal):
	sales_order = order(quote(deal))
	sales_order.submit()
	sales_order.reload()
	sales_order.cancel()
	deal.reload()
	assert deal.stage_kind == "Won"
	asked = {"reference_type": "Deal", "reference_name": deal.name, "task_kind": "Other", "status": "Open"}
	assert frappe.db.count("ToDo", asked) == 1


def test_a_seller_without_rights_on_the_deal_still_submits_the_order(deal, seller, as_user):
	quotation = quote(deal)
	with as_user(seller):
		sales_order = order(quotation)
		sales_order.submit()
	deal.reload()
	assert deal.stage_kind == "Won"


def test_a_customer_may_have_two_deals_with_orders_of_their_own(deal, pipeline):
	other = make_deal(
		pipeline, party=deal.party, items=[{"item_code": deal.items[0].item_code, "qty": 1, "rate": 7}]
	)
	order(quote(deal)).submit()
	order(quote(other)).submit()
	deal.reload(), other.reload()
	assert (deal.stage_kind, deal.amount, other.stage_kind, other.amount) == ("Won", 1000, "Won", 7)


# --- sources ---------------------------------------------------------------------------------------


def make_from(pipeline, doctype, name):
	return make_deal(pipeline, **{"title": "Deal", **sources.values_from(doctype, name)})


def test_from_a_lead(pipeline):
	lead = make_lead(first_name="Пётр", last_name="Иванов")
	deal = make_from(pipeline, "Lead", lead)
	assert (deal.party_type, deal.party, deal.title) == ("Lead", lead, "Пётр Иванов")


def test_from_an_opportunity_with_its_lines(pipeline, company):
	customer, item = make_customer(), make_item(is_stock_item=0)
	opportunity = frappe.get_doc(
		doctype="Opportunity",
		opportunity_from="Customer",
		party_name=customer,
		company=company,
		currency="RUB",
		conversion_rate=1,
		items=[{"item_code": item, "qty": 2, "rate": 30, "uom": "Nos"}],
	).insert()
	deal = make_from(pipeline, "Opportunity", opportunity.name)
	assert (deal.opportunity, deal.party, deal.amount) == (opportunity.name, customer, 60)


def test_from_a_letter_of_a_known_contact(pipeline):
	customer = make_customer()
	contact = frappe.get_doc(
		doctype="Contact",
		first_name="Ольга",
		email_ids=[{"email_id": "olga@example.com", "is_primary": 1}],
		links=[{"link_doctype": "Customer", "link_name": customer}],
	).insert()
	letter = frappe.get_doc(
		doctype="Communication",
		communication_type="Communication",
		communication_medium="Email",
		sent_or_received="Received",
		subject="Нужна цена на чай",
		sender="olga@example.com",
		content="…",
	).insert()
	deal = make_from(pipeline, "Communication", letter.name)
	assert (deal.title, deal.party, deal.contact_person) == ("Нужна цена на чай", customer, contact.name)


def test_from_an_order_of_a_shop(pipeline, shop):
	order = frappe.get_doc(
		doctype="Marketplace Order",
		shop=shop,
		marketplace="Ozon",
		external_id="A-1",
		order_number="A",
		status="Delivered",
		state="Done",
		company=frappe.db.get_value("Marketplace Shop", shop, "company"),
		currency="RUB",
		total=300,
		ordered_at="2026-03-02 12:30:00",
		customer=make_customer(),
		lines=[{"line_id": "1", "offer_id": "TEA", "title": "Чай", "quantity": 3, "price": 100}],
	).insert(ignore_mandatory=True)
	deal = make_from(pipeline, "Marketplace Order", order.name)
	assert (deal.marketplace_order, deal.party, deal.amount) == (order.name, order.customer, 300)


def test_nothing_is_made_of_other_documents(site):
	with pytest.raises(frappe.ValidationError, match="cannot be made"):
		sources.values_from("User", "Administrator")


def test_who_may_not_read_the_document_makes_no_deal_of_it(outsider, as_user):
	lead = make_lead()
	with as_user(outsider), pytest.raises(frappe.PermissionError):
		sources.values_from("Lead", lead)


# --- connections -----------------------------------------------------------------------------------


def connected(doctype, name):
	found = get_open_count(doctype, name)["count"]
	return {
		row["doctype"]: row["count"]
		for row in (*found["external_links_found"], *found["internal_links_found"])
	}


def test_connections_both_ways(deal, pipeline):
	sales_order = order(quote(deal))
	sales_order.submit()
	assert connected("Customer", deal.party)["Deal"] == 1
	assert connected("Item", deal.items[0].item_code)["Deal"] == 1
	mine = connected("Deal", deal.name)
	assert (mine["Quotation"], mine["Sales Order"]) == (1, 1)


def test_connections_of_a_lead_and_a_supplier(pipeline):
	lead = make_lead()
	supplier = frappe.get_doc(
		doctype="Supplier", supplier_name="Фабрика", supplier_group="All Supplier Groups"
	).insert()
	make_deal(pipeline, party_type="Lead", party=lead, supplier=supplier.name)
	assert connected("Lead", lead)["Deal"] == 1
	assert connected("Supplier", supplier.name)["Deal"] == 1


def test_a_deal_moved_by_hand_stays_where_the_person_put_it(deal):
	move(deal, stage_of(deal.pipeline, Kind.LOST), loss_reason="No answer")
	order(quote(deal)).submit()
	deal.reload()
	assert deal.stage_kind == "Lost"
