"""Stickers: pictures of FBS tasks become a picture or a document, and nothing of one order costs another."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import pytest
import responses
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter

from crm_marketplace.integrations.errors import PermissionMissing, TemporaryError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.connector import INFO
from crm_marketplace.integrations.marketplaces.wildberries.labels import (
	LABEL_BATCH,
	MOST_REQUESTS,
	NO_STICKER,
	NOT_ASKED,
	UNREADABLE,
)
from crm_marketplace.integrations.marketplaces.wildberries.tasks import read_task
from crm_marketplace.integrations.records import Order, Scheme
from tests.unit.wildberries.shop import Shop, golden, make_token
from tests.unit.wildberries.specification import needs_specification, operation

FBS_ADDRESS = "POST /api/v3/orders/stickers?type=png&width=58&height=40"
DECLARATION = {"code": "CustomsDeclarationIsRequired", "message": "Customs declaration is required"}


def order(id_: int | str, scheme: Scheme = Scheme.FBS, delivery: str = "fbs") -> Order:
	changes = {"external_id": str(id_), "scheme": scheme, "delivery_method": delivery}
	return read_task(golden("fbs_assembly")["payload"]).record.model_copy(update=changes)


def png(shade: Any = "white", mode: str = "RGB", size: tuple[int, int] = (580, 400)) -> bytes:
	file = io.BytesIO()
	Image.new(mode, size, shade).save(file, "PNG")
	return file.getvalue()


def pdf() -> bytes:
	writer, file = PdfWriter(), io.BytesIO()
	writer.add_blank_page(164, 113)
	writer.write(file)
	return file.getvalue()


def with_pixels(data: bytes) -> bytes:
	"""A picture whose outside is in order and whose inside is this."""

	def chunk(kind: bytes, content: bytes) -> bytes:
		return (
			struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
		)

	good = png()
	return good[: good.index(b"IDAT") - 4] + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def sticker(id_: int, file: bytes | None = None) -> dict[str, Any]:
	content = png() if file is None else file
	return {
		"orderId": id_,
		"partA": "231648",
		"partB": "9753",
		"barcode": "!uKEtQZVx",
		"file": base64.b64encode(content).decode(),
	}


def pages(content: bytes) -> list[Any]:
	return list(PdfReader(io.BytesIO(content)).pages)


def test_one_order_is_the_picture_as_it_came(shop):
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(5346346)]})
	label = shop.connector.labels([order(5346346)])
	assert (label.content, label.media_type, label.order_ids) == (png(), "image/png", ("5346346",))
	assert shop.requests == [(FBS_ADDRESS, {"orders": [5346346]})]


@needs_specification
def test_the_vendors_example(shop):
	_document, found = operation("POST", endpoints.STICKERS.path)
	schema = found["responses"]["200"]["content"]["application/json"]["schema"]
	fields = schema["properties"]["stickers"]["items"]["properties"]
	shop.answer(endpoints.STICKERS, {"stickers": [{name: each["example"] for name, each in fields.items()}]})
	label = shop.connector.labels([order(5346346)])
	assert (label.order_ids, label.media_type, label.problems) == (("5346346",), "image/png", {})
	assert label.content == base64.b64decode(fields["file"]["example"])


def test_several_are_pages_of_58_by_40_millimetres_in_the_order_given(shop):
	black, white = png("black"), png("white")
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(1, white), sticker(2, black), sticker(3, white)]})
	label = shop.connector.labels([order(2), order(3), order(1)])
	assert (label.media_type, label.order_ids) == ("application/pdf", ("2", "3", "1"))
	found = pages(label.content)
	for page in found:
		assert float(page.mediabox.width) == pytest.approx(58 / 25.4 * 72, abs=0.01)
		assert float(page.mediabox.height) == pytest.approx(40 / 25.4 * 72, abs=0.01)
	dots = [page.images[0].image.convert("L").getpixel((9, 9)) for page in found]
	assert dots[1] == dots[2] != dots[0]


def test_what_shines_through_is_paper(shop):
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(1, png((0, 0, 0, 0), "RGBA")), sticker(2, png())]})
	found = pages(shop.connector.labels([order(1), order(2)]).content)
	assert len({page.images[0].image.convert("L").getpixel((9, 9)) for page in found}) == 1


def test_the_same_labels_are_the_same_file(shop):
	answer = {"stickers": [sticker(1), sticker(2)]}
	shop.answer(endpoints.STICKERS, answer, answer)
	orders = [order(1), order(2)]
	assert shop.connector.labels(orders) == shop.connector.labels(orders)


def test_orders_without_a_sticker_are_told(shop):
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(2)]})
	label = shop.connector.labels([order(1), order(2), order("mine")])
	assert (label.order_ids, label.media_type) == (("2",), "image/png")
	assert label.problems == {"1": NO_STICKER, "mine": NO_STICKER}
	assert shop.bodies == [{"orders": [1, 2]}]


@pytest.mark.parametrize(
	"bad",
	[
		{**sticker(1), "file": "не base64"},
		{**sticker(1), "file": "AAAA"},
		{**sticker(1), "file": ""},
		{**sticker(1), "file": None},
		sticker(1, pdf()),
		sticker(1, png()[:90]),
		sticker(1, with_pixels(b"not compressed")),
		sticker(1, with_pixels(zlib.compress(b"\0" * 100))),
	],
)
def test_a_sticker_that_is_none_costs_no_other(shop, bad):
	shop.answer(endpoints.STICKERS, {"stickers": [bad, sticker(2), None]})
	label = shop.connector.labels([order(1), order(2)])
	assert label.order_ids == ("2",)
	assert label.problems == {"1": UNREADABLE}


def test_a_refusal_is_gone_after_by_halves(shop):
	shop.answer(endpoints.STICKERS, DECLARATION, status=409)
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(1), sticker(2)]})
	shop.answer(endpoints.STICKERS, DECLARATION, DECLARATION, status=409)
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(4)]})
	label = shop.connector.labels([order(number) for number in (1, 2, 3, 4)])
	assert label.order_ids == ("1", "2", "4")
	assert list(label.problems) == ["3"] and "customs declaration" in label.problems["3"]
	assert shop.bodies == [{"orders": ids} for ids in ([1, 2, 3, 4], [1, 2], [3, 4], [3], [4])]


def test_not_without_end(shop):
	shop.answer(endpoints.STICKERS, *[DECLARATION] * MOST_REQUESTS, status=409)
	label = shop.connector.labels([order(number) for number in range(1, 101)])
	assert len(shop.requests) == MOST_REQUESTS
	assert len(label.problems) == 100 and NOT_ASKED in label.problems.values()
	assert label.content == b""


def test_a_passing_fault_is_not_a_problem_of_an_order(shop):
	shop.answer(endpoints.STICKERS, b"", status=503)
	with pytest.raises(TemporaryError):
		shop.connector.labels([order(1)])


@settings(max_examples=150)
@given(
	kind=st.sampled_from(["png", "pdf"]),
	cut=st.integers(0, 2000),
	place=st.integers(0, 2000),
	put=st.binary(max_size=12),
)
def test_whatever_is_in_a_file_costs_no_other(kind, cut, place, put):
	file = png() if kind == "png" else pdf()
	broken = (file[:place] + put + file[place + len(put) :])[: max(4, len(file) - cut)]
	scheme, delivery = (Scheme.FBS, "fbs") if kind == "png" else (Scheme.DBS, "dbsPickupPoint")
	endpoint = endpoints.STICKERS if kind == "png" else endpoints.DBS_STICKERS
	with responses.RequestsMock() as mock:
		shop = Shop(mock)
		shop.answer(endpoint, {"stickers": [sticker(1, broken), sticker(2, file)]})
		label = shop.connector.labels([order(id_, scheme, delivery) for id_ in (1, 2)])
	assert "2" in label.order_ids
	assert set(label.order_ids) | set(label.problems) == {"1", "2"}


def test_a_whole_batch_is_found_to_the_last_bad_one():
	"""Halving a full batch for one bad order takes no more requests than there are."""
	steps, size = 1, LABEL_BATCH
	while size > 1:
		steps, size = steps + 2, -(-size // 2)
	assert steps <= MOST_REQUESTS
	assert INFO.label_batch == LABEL_BATCH == 100


# --- orders the seller delivers --------------------------------------------------------------------


def test_only_what_goes_to_a_pick_up_point_has_a_document(shop):
	shop.answer(endpoints.DBS_STICKERS, {"stickers": [sticker(2, pdf()), sticker(1, pdf())]})
	orders = [order(id_, Scheme.DBS, "dbsPickupPoint") for id_ in (1, 2)]
	orders += [
		order(3, Scheme.DBS, "dbs"),
		order(4, Scheme.EXPRESS, "edbs"),
		order("5.0", Scheme.FBO, "Коледино"),
	]
	label = shop.connector.labels(orders)
	assert (label.order_ids, label.media_type) == (("1", "2"), "application/pdf")
	assert len(pages(label.content)) == 2
	assert set(label.problems) == {"3", "4", "5.0"}
	address = "POST /api/marketplace/v3/dbs/orders/stickers?type=pdf&width=58&height=40"
	assert shop.requests == [(address, {"orders": [1, 2]})]


@pytest.mark.parametrize("content", [b"%PDF-1.4 and then nothing", b"%PDF", png(), b""])
def test_a_document_that_is_none(shop, content):
	shop.answer(endpoints.DBS_STICKERS, {"stickers": [sticker(1, content)]})
	label = shop.connector.labels([order(1, Scheme.DBS, "dbsPickupPoint")])
	assert (label.content, label.problems) == (b"", {"1": UNREADABLE})


# --- what is not asked -----------------------------------------------------------------------------


def test_more_than_a_batch_is_not_asked_for(shop):
	with pytest.raises(ValueError):
		shop.connector.labels([order(1)] * (LABEL_BATCH + 1))
	assert shop.requests == []


def test_without_the_right_nothing_is_asked(shop_with):
	shop = shop_with(token=make_token(s=1 << 1))
	with pytest.raises(PermissionMissing, match="Маркетплейс"):
		shop.connector.labels([order(1)])
	assert shop.requests == []


def test_a_token_that_may_only_read_prints_labels(shop_with):
	shop = shop_with(token=make_token(s=1 << 4 | 1 << 30))
	shop.answer(endpoints.STICKERS, {"stickers": [sticker(1)]})
	assert shop.connector.labels([order(1)]).content
