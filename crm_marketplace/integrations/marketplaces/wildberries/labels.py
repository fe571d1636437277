"""Stickers of tasks, 58 × 40 mm.

For FBS the vendor has pictures and texts for label printers, but no PDF: one order's label is the picture, those
of several are pages of a PDF made here. Orders the seller delivers himself have a sticker only where he brings
them to a pick-up point; those are PDFs. Stickers for abroad (/api/v3/orders/stickers/cross-border) are not read.
https://dev.wildberries.ru/openapi/orders-fbs#tag/Sborochnye-zadaniya-FBS/paths/~1api~1v3~1orders~1stickers/post
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence

from PIL import Image
from pydantic import ValidationError
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from crm_marketplace.integrations.errors import RejectedError, _
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.session import WildberriesSession
from crm_marketplace.integrations.records import Label, Order, Scheme
from crm_marketplace.integrations.translation import rows
from crm_marketplace.integrations.transport import Endpoint

LABEL_BATCH = 100
SIZE = {"width": 58, "height": 40}  # mm
DOTS_PER_INCH = 254.0  # 580 × 400 dots
TO_PICKUP_POINT = "dbsPickupPoint"  # `deliveryType` of a task
PNG, PDF = "image/png", "application/pdf"
MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF"}
# What the readers of pictures and documents raise at broken ones; a PDF is read as a tree of whatever is in it.
UNREADABLE_FILE = (
	OSError,
	SyntaxError,
	ValueError,
	PyPdfError,
	Image.DecompressionBombError,
	zlib.error,
	struct.error,
	AttributeError,
	LookupError,
	TypeError,
	RecursionError,
)
# Requests one call may take: a refusal counts as ten and does not say which order it is about, so that halves
# are asked for; enough to find one among a hundred.
MOST_REQUESTS = 16

NO_STICKER = _(
	"The marketplace has no label for this order. There is one while it is being assembled and in delivery: "
	"add the order to a supply first."
)
OWN_DELIVERY = _("The marketplace has no labels for orders you deliver yourself.")
NOT_OURS = _("The marketplace ships this order itself.")
UNREADABLE = _("The marketplace sent a label that cannot be read.")
NOT_ASKED = _("Not asked for: other labels of the batch were refused. Print this one again.")


class PrintsWildberriesLabels(WildberriesSession):
	def labels(self, orders: Sequence[Order]) -> Label:
		"""A PNG for one FBS order, a PDF for more of them, and for orders that go to a pick-up point. One
		request; more where one of the orders is refused. See `PrintsLabels`.
		"""
		if len(orders) > LABEL_BATCH:
			raise ValueError(f"{len(orders)} orders; the method takes {LABEL_BATCH}")
		problems: dict[str, str] = {}
		pictures: list[str] = []
		documents: list[str] = []
		for order in orders:
			if order.scheme is Scheme.FBS:
				pictures.append(order.external_id)
			elif order.delivery_method == TO_PICKUP_POINT:
				documents.append(order.external_id)
			else:
				problems[order.external_id] = NOT_OURS if order.scheme is Scheme.FBO else OWN_DELIVERY
		files: dict[str, bytes] = {}
		for method, kind, ids in (
			(endpoints.STICKERS, "png", pictures),
			(endpoints.DBS_STICKERS, "pdf", documents),
		):
			files |= self._stickers(method, kind, ids, problems)
		printed = [order.external_id for order in orders if order.external_id in files]
		if len(printed) == 1 and printed[0] in pictures:
			content, media_type = files[printed[0]], PNG
		else:
			content, media_type = _as_one(files[id_] for id_ in printed), PDF
		return Label(order_ids=tuple(printed), content=content, media_type=media_type, problems=problems)

	def _stickers(
		self, method: Endpoint, kind: str, ids: Sequence[str], problems: dict[str, str]
	) -> dict[str, bytes]:
		"""Order → its sticker as a file. Orders without one are added to `problems`."""
		known = [id_ for id_ in ids if id_.isdecimal()]
		problems.update((id_, NO_STICKER) for id_ in ids if id_ not in known)
		files: dict[str, bytes] = {}
		waiting = [known] if known else []
		requests = 0
		while waiting:
			part = waiting.pop()
			if requests >= MOST_REQUESTS:
				problems.update(dict.fromkeys(part, NOT_ASKED))
				continue
			requests += 1
			body = {"orders": [int(id_) for id_ in part]}
			try:
				answer = self.call(method, body, params={"type": kind, **SIZE})
			except RejectedError as refusal:
				if len(part) == 1:
					problems[part[0]] = refusal.text
				else:
					half = len(part) // 2
					waiting += [part[half:], part[:half]]
				continue
			found = _files(rows(answer.data, "stickers"), kind)
			for id_ in part:
				if found.get(id_):
					files[id_] = found[id_]
				else:
					problems[id_] = UNREADABLE if id_ in found else NO_STICKER
		return files


def _files(stickers: Iterable[object], kind: str) -> Mapping[str, bytes]:
	"""Order → its file; empty where it is none of its kind."""
	found: dict[str, bytes] = {}
	for raw in stickers:
		try:
			sticker = payloads.Sticker.model_validate(raw)
		except ValidationError:
			order_id = raw.get("orderId") if isinstance(raw, Mapping) else None
			found[str(order_id)] = b""
			continue
		try:
			content = base64.b64decode(sticker.file, validate=True)
		except (binascii.Error, ValueError):
			content = b""
		found[sticker.order_id] = content if _is_readable(content, kind) else b""
	return found


def _is_readable(content: bytes, kind: str) -> bool:
	"""Whether a file is what it should be and can be printed: it is printed for a trial, as a broken one shows
	only when all of it is looked at, and then it would cost the other labels.
	"""
	if not content.startswith(MAGIC[kind]):
		return False
	try:
		return bool(_as_one([content]))
	except UNREADABLE_FILE:
		return False


def _as_one(files: Iterable[bytes]) -> bytes:
	"""The files as pages of one PDF, in their order; nothing where there is none."""
	writer = PdfWriter()
	for content in files:
		for page in PdfReader(io.BytesIO(_as_pdf(content))).pages:
			writer.add_page(page)
	if not writer.pages:
		return b""
	whole = io.BytesIO()
	writer.write(whole)
	return whole.getvalue()


def _as_pdf(content: bytes) -> bytes:
	if content.startswith(b"%PDF"):
		return content
	page = io.BytesIO()
	with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
		coloured = picture.convert("RGBA")
		paper = Image.new("RGBA", coloured.size, "white")
		paper.alpha_composite(coloured)
		# Black or white and nothing between, as label printers have it: small, and the code stays sharp.
		dots = paper.convert("L").convert("1", dither=Image.Dither.NONE)
		dots.save(page, "PDF", resolution=DOTS_PER_INCH)
	return page.getvalue()
