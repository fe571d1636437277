"""Stock rules from a file: every row is checked, nothing is written by looking, all is written in one go."""

from __future__ import annotations

import base64
import io

import frappe
import openpyxl
import pytest

from crm_marketplace.marketplace import api, stock_rules_file, stock_rules_import
from tests.harness.committing import commit
from tests.site import builders

HEADER = "shop,offer_id,buffer,share,maximum,stop_at,publish"


@pytest.fixture
def goods(shop):
	"""Offer ids of listings of the shop."""
	offers = [builders.unique("offer") for _ in range(3)]
	for offer in offers:
		builders.make_listing(shop, offer, builders.make_item())
	commit()
	return offers


def table(*rows: str, header: str = HEADER) -> bytes:
	return "\n".join((header, *rows)).encode()


def sent(content: bytes, name: str = "rules.csv") -> dict[str, str]:
	return {"name": name, "content": base64.b64encode(content).decode()}


def rules(shop: str, offer_id: str) -> tuple:
	row = frappe.db.get_value(
		"Marketplace Listing", {"shop": shop, "offer_id": offer_id}, OF_THE_FILE, as_dict=True
	)
	return tuple(row[name] for name in OF_THE_FILE)


def errors(checked: dict) -> dict[int, str]:
	return {row["row"]: " ".join(row["errors"]) for row in checked["shown_errors"]}


AS_THE_SHOP = (0, 0, 100, 0, 0, 1)
OF_THE_FILE = stock_rules_import.RULES[:6]  # without the priority, which has a test of its own


# --- importing -------------------------------------------------------------------------------------


def test_looking_at_a_file_writes_nothing(shop, goods):
	checked = api.check_stock_rules(**sent(table(f"{shop},{goods[0]},5,80,20,2,yes")))

	assert (checked["rows"], checked["changes"], checked["errors"]) == (1, 1, 0)
	(change,) = checked["shown_changes"]
	assert change["before"]["own_stock_policy"] == 0
	assert change["after"] == dict(zip(stock_rules_import.RULES, (1, 5, 80.0, 20, 2, 1, 0), strict=True))
	assert rules(shop, goods[0]) == AS_THE_SHOP


def test_rules_are_written_and_the_shops_stock_is_computed_anew(open_shop, queued):
	shop = open_shop(enabled=1)
	first, second = builders.make_goods(shop), builders.make_goods(shop)
	commit()
	queued.clear()

	result = api.import_stock_rules(
		**sent(table(f"{shop},{first},5,80,20,2,yes", f"{shop},{second},,50,,,no"))
	)

	assert result == {"changed": 2, "left_out": 0}
	assert rules(shop, first) == (1, 5, 80, 20, 2, 1)
	assert rules(shop, second) == (1, 0, 50, 0, 0, 0)
	assert [(call["shop"], call["stream"]) for call in queued] == [(shop, "stock")]


def test_a_priority_is_taken_and_an_empty_one_leaves_it(shop, goods):
	def imported(priority: str) -> int:
		content = table(f"{shop},{goods[0]},,,,,,{priority}", header=f"{HEADER},priority")
		api.import_stock_rules(**sent(content))
		return frappe.db.get_value(
			"Marketplace Listing", {"shop": shop, "offer_id": goods[0]}, "stock_priority"
		)

	assert [imported(priority) for priority in ("7", "", "0")] == [7, 7, 0]


def test_importing_twice_changes_nothing_the_second_time(shop, goods):
	file = sent(table(*(f"{shop},{offer},1,90,,,yes" for offer in goods)))

	assert api.import_stock_rules(**file)["changed"] == 3
	assert api.import_stock_rules(**file)["changed"] == 0
	assert api.check_stock_rules(**file)["unchanged"] == 3


def test_a_row_without_numbers_follows_the_shop_again(shop, goods):
	api.import_stock_rules(**sent(table(f"{shop},{goods[0]},5,80,20,2,no")))

	api.import_stock_rules(**sent(table(f"{shop},{goods[0]},,,,,")))

	assert rules(shop, goods[0])[0] == 0
	assert rules(shop, goods[0])[-1] == 0, "an empty “publish” leaves it as it is"


def test_listings_that_share_an_offer_id_all_get_the_rules(shop):
	for _size in range(3):
		builders.make_listing(shop, "shirt", builders.make_item())
	commit()

	assert api.import_stock_rules(**sent(table(f"{shop},shirt,4,,,,")))["changed"] == 3


def test_other_columns_and_their_order_do_not_matter(shop, goods):
	content = table(f"red,{goods[0]},7,{shop}", header="colour,Offer ID,BUFFER,shop")

	assert api.import_stock_rules(**sent(content))["changed"] == 1
	assert rules(shop, goods[0])[:2] == (1, 7)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_file_as_excel_saves_it_in_russia_is_read(open_shop, encoding):
	name = f"Магазин «Ёлка» {builders.unique('')}"
	shop = open_shop(shop_name=name)
	offer = builders.make_goods(shop)
	commit()
	content = f"shop;offer_id;buffer;share;publish\r\n{name};{offer};1 000;12,5 %;да\r\n;;;;\r\n".encode(
		encoding
	)

	assert api.import_stock_rules(**sent(content)) == {"changed": 1, "left_out": 0}
	assert rules(shop, offer) == (1, 1000, 12.5, 0, 0, 1)


def test_columns_may_be_named_in_the_users_language(shop, goods):
	frappe.local.lang = "ru"
	content = f"Магазин;Артикул;Запас;Публиковать остаток\n{shop};{goods[0]};3;нет".encode()

	assert api.import_stock_rules(**sent(content))["changed"] == 1
	assert rules(shop, goods[0]) == (1, 3, 100, 0, 0, 0)


def test_an_xlsx_file_is_read(shop, goods):
	book = openpyxl.Workbook()
	book.active.append(HEADER.split(","))
	book.active.append([shop, goods[0], 5.0, 33.3, None, 0, "yes"])
	book.active.append([None] * 7)
	content = io.BytesIO()
	book.save(content)

	assert api.import_stock_rules(**sent(content.getvalue(), "Rules.XLSX"))["changed"] == 1
	assert rules(shop, goods[0]) == (1, 5, 33.3, 0, 0, 1)


def test_many_rows_take_as_many_queries_as_few(shop):
	offers = [builders.unique("offer") for _ in range(120)]
	for offer in offers:
		builders.make_listing(shop, offer)
	commit()
	counted = [
		queries_of(lambda rows=rows: api.import_stock_rules(**sent(table(*rows))))
		for rows in (
			[f"{shop},{offer},1,,,," for offer in offers[:2]],
			[f"{shop},{offer},2,,,," for offer in offers],
		)
	]

	assert counted[0] == counted[1]


def queries_of(work) -> int:
	count = 0
	sql = frappe.db.sql

	def counting(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.db.sql = counting
	try:
		work()
	finally:
		frappe.db.sql = sql
	return count


# --- what is wrong ---------------------------------------------------------------------------------


def test_every_wrong_row_is_told_and_nothing_is_written(shop, goods):
	content = table(
		f"{shop},{goods[0]},1,,,,",
		f"{shop},nobody,1,,,,",
		f"No Such Shop,{goods[1]},1,,,,",
		f"{shop},,1,,,,",
		f"{shop},{goods[1]},-1,101,1.5,many,perhaps",
		f"{shop},{goods[2]},NaN,1e5,,,",
		f"{shop},{goods[0]},2,,,,",
	)

	checked = api.check_stock_rules(**sent(content))

	found = errors(checked)
	assert sorted(found) == [3, 4, 5, 6, 7, 8]
	assert "no listing" in found[3]
	assert "No Such Shop" in found[4]
	assert "offer ID is missing" in found[5]
	for column in ("buffer", "share", "maximum", "stop_at", "publish"):
		assert f"“{column}”" in found[6]
	assert "“buffer”" in found[7] and "“share”" in found[7]
	assert "Row 2" in found[8]
	with pytest.raises(frappe.ValidationError, match="6"):
		api.import_stock_rules(**sent(content))
	assert rules(shop, goods[0]) == AS_THE_SHOP


def test_the_correct_rows_alone_may_be_wanted(shop, goods):
	content = table(f"{shop},{goods[0]},1,,,,", f"{shop},nobody,1,,,,")

	assert api.import_stock_rules(**sent(content), only_correct=1) == {"changed": 1, "left_out": 1}
	assert rules(shop, goods[0])[:2] == (1, 1)


@pytest.mark.parametrize(
	("name", "content"),
	[
		("rules.csv", b""),
		("rules.csv", b"a,b,c\n1,2,3"),
		("rules.csv", b"\x00\x98\xff"),
		("rules.csv", b'shop,offer_id\n"' + b"x" * 200_000),
		("rules.xlsx", b"not a workbook"),
		("rules.xlsx", b"PK\x03\x04broken"),
		("rules.pdf", b"%PDF-1.7"),
	],
)
def test_what_is_no_such_file_is_refused(name, content):
	with pytest.raises(frappe.ValidationError):
		api.check_stock_rules(**sent(content, name))


def test_a_file_that_is_too_large_is_refused(monkeypatch):
	monkeypatch.setattr(stock_rules_file, "MOST_ROWS", 2)
	with pytest.raises(frappe.ValidationError, match="more than 2 rows"):
		api.check_stock_rules(**sent(table("a,b,,,,,", "a,c,,,,,", "a,d,,,,,")))
	monkeypatch.setattr(stock_rules_file, "MOST_BYTES", 10)
	with pytest.raises(frappe.ValidationError, match="MB"):
		api.check_stock_rules(**sent(table("a,b,,,,,")))


def test_half_a_file_is_refused():
	with pytest.raises(frappe.ValidationError, match="whole"):
		api.check_stock_rules("rules.csv", "###")


def test_shops_a_user_may_not_see_do_not_exist_for_him(open_shop, user_with_role, as_user):
	mine, other = open_shop(), open_shop()
	offer = builders.make_goods(other)
	user = user_with_role("Marketplace Operator")
	permission = frappe.get_doc(
		doctype="User Permission", user=user, allow="Marketplace Shop", for_value=mine
	).insert()
	commit()
	try:
		with as_user(user):
			checked = api.check_stock_rules(**sent(table(f"{other},{offer},1,,,,")))
	finally:
		permission.delete()
		commit()

	assert (checked["changes"], checked["errors"]) == (0, 1)


# --- files we give out -----------------------------------------------------------------------------


def downloaded() -> bytes:
	return frappe.local.response.pop("filecontent")


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
def test_the_export_is_read_back_as_it_is(shop, goods, file_type):
	api.import_stock_rules(**sent(table(f"{shop},{goods[0]},5,80,20,2,yes", f"{shop},{goods[1]},,12.5,,,no")))

	api.export_stock_rules(shop, file_type)

	content = downloaded()
	checked = api.check_stock_rules(**sent(content, f"rules.{file_type}"))
	assert (checked["rows"], checked["changes"], checked["errors"]) == (3, 0, 0), errors(checked)


def test_the_template_names_the_columns_and_explains_them():
	api.stock_rules_template("xlsx")
	book = openpyxl.load_workbook(io.BytesIO(downloaded()))

	assert [cell.value for cell in book.worksheets[0][1]] == [*HEADER.split(","), "priority"]
	assert book.worksheets[1].max_row == len(stock_rules_import.notes())


def test_a_name_that_looks_like_a_formula_stays_text(open_shop):
	shop = open_shop(shop_name=f"=1+1 {builders.unique('')}")
	offer = builders.make_goods(shop)
	commit()

	api.export_stock_rules(shop, "csv")
	content = downloaded()

	assert f"'{shop}".encode() in content
	assert api.check_stock_rules(**sent(content))["errors"] == 0
	assert offer.encode() in content
