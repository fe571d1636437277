"""Stickers of tasks: pictures and texts for FBS, PDFs for what the seller brings to a pick-up point.

https://dev.wildberries.ru/openapi/orders-fbs (POST /api/v3/orders/stickers), /openapi/orders-dbs (POST
/api/marketplace/v3/dbs/orders/stickers)

A real sticker has a code of squares; here the task's number stands in it as black and white columns, the
highest of its `BITS` first, so that whoever has the picture can tell whose it is.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox import pdf
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.wildberries.checks import Call, incorrect_parameter, refused
from crm_marketplace.sandbox.wildberries.statuses import CANCELLED, DBS, FBS

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

MOST = 100
SIZES = {("58", "40"): (580, 400), ("40", "30"): (400, 300)}  # mm → dots
BITS, COLUMN, MARGIN = 40, 8, 40  # dots


def fbs_stickers(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/v3/orders/stickers: tasks of other statuses, and unknown ones, are left out."""
	kind = call.query.get("type")
	size = SIZES.get((call.query.get("width", ""), call.query.get("height", "")))
	if kind not in ("svg", "zplv", "zplh", "png") or size is None:
		raise incorrect_parameter()
	rows = _tasks(shop, call, FBS, ("confirm", "complete"))
	if any(row["needs_declaration"] for row in rows):
		raise refused(409, "CustomsDeclarationIsRequired", "Customs declaration is required")
	make = {"png": picture, "svg": _svg}.get(kind, _zpl)
	return {"stickers": [_sticker(row["id"], make(row["id"], size)) for row in rows]}


def dbs_stickers(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/marketplace/v3/dbs/orders/stickers: all or none."""
	if [call.query.get(name) for name in ("type", "width", "height")] != ["pdf", "58", "40"]:
		raise incorrect_parameter()
	ids = call.ids("orders", most=MOST)
	rows = [row for row in _tasks(shop, call, DBS, ("confirm", "deliver")) if row["to_pickup_point"]]
	if len(rows) < len(set(ids)):
		raise refused(400, "StatusMismatch", "Несоответствие статусов, проверьте их правильность")
	return {"stickers": [_sticker(row["id"], pdf.document([[f"{row['id']}"]])) for row in rows]}


def _tasks(shop: WildberriesShop, call: Call, model: str, statuses: tuple[str, ...]) -> list[Any]:
	ids, gone = call.ids("orders", most=MOST), sorted(CANCELLED)
	return shop.state.all(
		f"""SELECT * FROM task WHERE model = ? AND supplier_status IN ({marks(statuses)})
		AND wb_status NOT IN ({marks(gone)}) AND id IN ({marks(ids)}) ORDER BY id""",
		(model, *statuses, *gone, *ids),
	)


def _sticker(task_id: int, file: bytes) -> dict[str, Any]:
	number = f"{task_id:011d}"
	return {
		"orderId": task_id,
		"partA": number[:-4],
		"partB": number[-4:],
		"barcode": f"!{task_id:x}",
		"file": base64.b64encode(file).decode(),
	}


# --- drawing ---------------------------------------------------------------------------------------


def picture(task_id: int, size: tuple[int, int]) -> bytes:
	"""A PNG in black and white.

	Args:
		size: width and height in dots.
	"""
	width, height = size
	dots = [1] * width
	for place in range(BITS):
		if task_id >> (BITS - 1 - place) & 1:
			start = MARGIN + place * COLUMN
			dots[start : start + COLUMN] = [0] * COLUMN
	dots += [0] * (-width % 8)
	row = bytes(int("".join(map(str, dots[at : at + 8])), 2) for at in range(0, len(dots), 8))
	white = b"\xff" * len(row)
	lines = [row if MARGIN <= line < height - MARGIN else white for line in range(height)]
	data = zlib.compress(b"".join(b"\0" + line for line in lines))
	header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
	return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
	return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _svg(task_id: int, size: tuple[int, int]) -> bytes:
	width, height = size
	text = f'<text x="{MARGIN}" y="{height // 2}">{task_id}</text>'
	return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{text}</svg>'.encode()


def _zpl(task_id: int, size: tuple[int, int]) -> bytes:
	return f"^XA^PW{size[0]}^FO{MARGIN},{MARGIN}^FD{task_id}^FS^XZ".encode()
