"""Labels of packed orders: fetched by a worker, in one file, for those who work on orders."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import frappe
import pytest
from pypdf import PdfReader, PdfWriter

from crm_marketplace.integrations.errors import RejectedError, TemporaryError
from crm_marketplace.integrations.records import Label, OrderStatus
from crm_marketplace.marketplace import api
from crm_marketplace.sync import labels
from crm_marketplace.sync.shops import get_shop
from tests.site import builders


def pdf(pages: int) -> bytes:
	writer, made = PdfWriter(), io.BytesIO()
	for _number in range(pages):
		writer.add_blank_page(164, 113)
	writer.write(made)
	return made.getvalue()


class Printer:
	"""A marketplace's labels: a page for each order that is packed."""

	def __init__(self) -> None:
		self.asked: list[list[str]] = []
		self.media_type = "application/pdf"
		self.fails: Exception | None = None

	def labels(self, connector: Any, orders: Any) -> Label:
		self.asked.append([order.external_id for order in orders])
		if self.fails:
			raise self.fails
		packed = [order for order in orders if order.status is OrderStatus.AWAITING_SHIPMENT]
		content = pdf(len(packed)) if self.media_type == "application/pdf" else b"a picture"
		return Label(
			order_ids=tuple(order.external_id for order in packed),
			content=content if packed else b"",
			media_type=self.media_type,
			problems={order.external_id: "It is not packed yet." for order in orders if order not in packed},
		)


@pytest.fixture
def printer(monkeypatch) -> Printer:
	from dataclasses import replace

	from crm_marketplace.integrations.connector import Capability

	cls, found = builders.connector_class(), Printer()
	capabilities = cls.info.capabilities | {Capability.LABELS}
	monkeypatch.setattr(cls, "info", replace(cls.info, label_batch=2, capabilities=capabilities))
	monkeypatch.setattr(cls, "labels", lambda self, orders: found.labels(self, orders), raising=False)
	return found


def packed(shop: str, *, status: OrderStatus = OrderStatus.AWAITING_SHIPMENT) -> Any:
	order = builders.make_order(builders.line(builders.make_goods(shop)), status=status)
	builders.store(shop, order)
	return builders.order_row(shop, order.external_id)


def fetch(orders: list[str]) -> dict[str, Any]:
	"""Ask as the desk does, and let the worker's part run here."""
	token = api.request_labels(orders)["token"]
	assert api.labels(token) == {"ready": False}
	labels.fetch(token, orders, frappe.session.user)
	return api.labels(token)


def test_the_label_of_one_order(shop, printer):
	row = packed(shop)
	name, content = labels.label_file(row.name)
	assert name.endswith(f"{row.external_id}.pdf")
	assert len(PdfReader(io.BytesIO(content)).pages) == 1


def test_labels_of_many_orders_are_one_file_in_their_order(shop, printer):
	rows = [packed(shop) for _number in range(3)]
	found = fetch([row.name for row in rows])
	assert found["ready"] and found["problems"] == []
	assert found["media_type"] == "application/pdf"
	assert len(PdfReader(io.BytesIO(base64.b64decode(found["content"]))).pages) == 3
	assert printer.asked == [[rows[0].external_id, rows[1].external_id], [rows[2].external_id]]


def test_pictures_of_several_files_are_packed(shop, printer):
	printer.media_type = "image/png"
	rows = [packed(shop) for _number in range(3)]
	found = fetch([row.name for row in rows])
	archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(found["content"])))
	assert len(archive.namelist()) == 2 and all(name.endswith(".png") for name in archive.namelist())


def test_an_order_without_a_label_says_why_and_the_others_are_printed(shop, printer):
	good, bad = packed(shop), packed(shop, status=OrderStatus.AWAITING_PACKING)
	found = fetch([good.name, bad.name])
	assert found["problems"] == [[bad.external_id, "It is not packed yet."]]
	assert len(PdfReader(io.BytesIO(base64.b64decode(found["content"]))).pages) == 1
	with pytest.raises(RejectedError, match="not packed"):
		labels.label_file(bad.name)


def test_a_shop_that_does_not_answer_is_told(shop, printer):
	printer.fails = TemporaryError("The marketplace does not answer.")
	found = fetch([packed(shop).name])
	assert found["content"] == "" and "does not answer" in found["problems"][0][1]


def test_a_fault_of_ours_does_not_leave_anybody_waiting(shop, printer):
	printer.fails = ZeroDivisionError()
	row = packed(shop)
	token = api.request_labels([row.name])["token"]
	with pytest.raises(ZeroDivisionError):
		labels.fetch(token, [row.name], frappe.session.user)
	assert api.labels(token)["ready"]


def test_a_file_is_for_who_asked(shop, printer, user_with_role, as_user):
	row = packed(shop)
	token = api.request_labels([row.name])["token"]
	labels.fetch(token, [row.name], frappe.session.user)
	with as_user(user_with_role("Marketplace Operator")):
		assert api.labels(token)["content"] == ""
	with as_user(user_with_role("Marketplace Viewer")), pytest.raises(frappe.PermissionError):
		api.request_labels([row.name])


def test_orders_of_another_shop_are_left_out(open_shop, printer):
	shop, other = open_shop(), open_shop()
	row = packed(other)
	assert labels.label_files(get_shop(shop), [row.name]) == []
