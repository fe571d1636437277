"""ERPNext's own Sales Order form, filled in as a person would: what it saves is what an import makes."""

from __future__ import annotations

import json

import frappe
import pytest
from playwright.sync_api import Page

from tests.harness.committing import commit
from tests.harness.sales_order_form import differences, save_by_form, typed
from tests.harness.users import PASSWORD, make_user
from tests.site import builders
from tests.site.builders import line, make_order, take_in

# A person sees what the form fetched before typing on. Each pause ends when ten frames went by without a request.
FILL_IN = """async values => {
	const calm = async () => {
		for (let frames = 0; frames < 10; ) {
			await new Promise(requestAnimationFrame);
			frames = frappe.request.ajax_count ? 0 : frames + 1;
		}
	};
	const type = async (row, typed) => {
		for (const [field, value] of Object.entries(typed)) {
			await frappe.model.set_value(row.doctype, row.name, field, value);
			await calm();
		}
	};
	const { items, more_taxes, ...head } = values;
	for (const [field, value] of Object.entries(head)) {
		await cur_frm.set_value(field, value);
		await calm();
	}
	cur_frm.clear_table("items");
	for (const { rate, ...rest } of items) {
		const row = cur_frm.add_child("items");
		await type(row, rest);
		await type(row, { rate }); // last: the form fetches the list price anew for much else
	}
	for (const typed of more_taxes) {
		await type(cur_frm.add_child("taxes"), typed);
	}
	await cur_frm.save();
	await calm();
	await cur_frm.save("Submit");
	await calm();
	return cur_frm.doc.name;
}"""


@pytest.fixture
def shop(site: str, company: str):
	books = builders.open_books(company)
	name = builders.make_shop(books, charges_account=books.charges_account)
	yield name
	builders.remove_shop(name)


def test_an_imported_sales_order_is_what_the_form_saves(page: Page, shop: str):
	lines = [line(builders.make_goods(shop), 2, "649.90")]
	for list_price in (99.99, 130, 80):
		code = builders.make_goods(shop)
		frappe.get_doc(
			doctype="Item Price",
			item_code=code,
			price_list="Standard Selling",
			price_list_rate=list_price,
			valid_from="2020-01-01",
		).insert()
		lines.append(line(code, 3, "99.99"))
	row = take_in(shop, make_order(*lines))
	assert row.state == "Done", row.hold_reason
	ours = frappe.get_doc("Sales Order", row.sales_order)
	values = typed(ours)
	imported = ours.as_dict()
	ours.cancel()  # the form must find the stock, and the customer's reference, as the import found them
	commit()

	# A seller who may switch off pricing rules, as the import does.
	user = make_user(["Sales User", "Sales Manager"])
	page.context.request.post("/api/method/login", form={"usr": user, "pwd": PASSWORD})
	page.goto("/app/sales-order/new")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Sales Order' && cur_frm.is_new()")
	page.wait_for_load_state("networkidle")
	name = page.evaluate(FILL_IN, json.loads(frappe.as_json(values)))

	frappe.db.rollback()  # see what the desk's process committed
	saved = frappe.get_doc("Sales Order", name)
	by_form = saved.as_dict()
	assert "\n".join(differences(imported, by_form)) == ""
	saved.cancel()
	# The play of the form that the faster tests use says the same.
	assert differences(save_by_form(values).as_dict(), by_form) == []
