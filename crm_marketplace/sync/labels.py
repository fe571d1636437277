"""Labels of packed orders, as the marketplace makes them.

They name the buyer, so they are not kept: a file that somebody asked for waits in Redis for some minutes.
"""

from __future__ import annotations

import base64
import io
import mimetypes
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import frappe
from pypdf import PdfReader, PdfWriter

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import (
	ConfigurationError,
	FaultError,
	IntegrationError,
	RejectedError,
	_,
)
from crm_marketplace.integrations.records import Label, Order
from crm_marketplace.sync.messages import error_next_step, error_sentence, translated
from crm_marketplace.sync.shops import Shop, get_shop

PATIENCE = 60.0  # seconds a job waits for labels that are made to order
WAITS = 10 * 60  # seconds a file waits to be fetched


@dataclass(frozen=True, slots=True)
class LabelFile:
	"""A file to print, and the orders that have no label in it: order id → why."""

	name: str
	content: bytes
	problems: dict[str, str]


def label_file(order: str, *, patience: float = PATIENCE) -> tuple[str, bytes]:
	"""The label of one order.

	Args:
		order: name of a Marketplace Order.
		patience: seconds the connection may wait; 0 in a web request.

	Returns:
		Name and content of a file: a PDF, or the picture the marketplace makes.

	Raises:
		IntegrationError: it cannot be had, or not yet.
	"""
	shop = frappe.db.get_value("Marketplace Order", order, "shop")
	files = label_files(get_shop(shop), [order], patience=patience)
	if not files or not files[0].content:
		problems = files[0].problems if files else {}
		raise RejectedError(
			next(iter(problems.values()), _("The marketplace has no label for this order.")),
			next_step=_(
				"Labels can be had once an order is packed at the marketplace, and until it is shipped."
			),
		)
	return files[0].name, files[0].content


def label_files(shop: Shop, orders: Sequence[str], *, patience: float = PATIENCE) -> list[LabelFile]:
	"""Labels of orders of one shop, in as many files as the marketplace needs.

	Args:
		orders: names of Marketplace Orders; those of another shop, and unreadable ones, are left out.

	Raises:
		ConfigurationError: this marketplace has no labels.
		IntegrationError: none can be had.
	"""
	if Capability.LABELS not in shop.info.capabilities:
		raise ConfigurationError(
			_("The labels of this marketplace cannot be fetched."),
			next_step=_("Print them in the marketplace's cabinet."),
		)
	connector = shop.connect(patience=patience)
	files = []
	for chunk in _chunks(_records(shop.name, orders), max(1, shop.info.label_batch)):
		files.append(_file(shop, connector.labels(chunk), chunk))
	return files


def request(orders: Sequence[str], user: str) -> str:
	"""Let a worker fetch the labels of orders of any shops. Returns what to ask `fetched` with.

	Args:
		orders: names of Marketplace Orders the user may read.
	"""
	token = frappe.generate_hash(length=20)
	_keep(token, user, {"ready": False})
	frappe.enqueue(
		"crm_marketplace.sync.labels.fetch",
		queue="short",
		job_id=f"marketplace::labels::{token}",
		enqueue_after_commit=True,
		token=token,
		orders=list(orders),
		user=user,
	)
	return token


def fetched(token: str, user: str) -> dict[str, Any] | None:
	"""What became of a request; None when there is none of this user, or its time is over.

	Returns:
		ready; once it is: name, media_type, content (base64; empty without any label), problems: rows of order
		id and why.
	"""
	return frappe.cache.get_value(_key(token, user), expires=True)


def fetch(token: str, orders: Sequence[str], user: str) -> None:
	"""The worker's part of `request`. A shop that fails does not cost the others their labels."""
	frappe.set_user_lang(user)  # what is told is told to them
	shops: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Marketplace Order", filters={"name": ("in", list(orders))}, fields=["name", "shop"]
	):
		shops.setdefault(row.shop, []).append(row.name)
	files: list[LabelFile] = []
	problems: list[list[str]] = []
	for name, chosen in shops.items():
		wanted = [order for order in orders if order in set(chosen)]
		try:
			files += label_files(get_shop(name), wanted)
		except IntegrationError as error:
			problems.append([name, f"{error_sentence(error)} {error_next_step(error)}"])
		except Exception as error:
			# Somebody waits for an answer; the fault goes on to Frappe's Error Log.
			problems.append([name, error_sentence(FaultError(detail=repr(error)))])
			_keep(token, user, {"ready": True, "content": "", "problems": problems})
			raise
	problems += [[order, translated(why, ())] for file in files for order, why in file.problems.items()]
	name, content = as_one_file([file for file in files if file.content])
	_keep(
		token,
		user,
		{
			"ready": True,
			"name": name,
			"media_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
			"content": base64.b64encode(content).decode(),
			"problems": problems,
		},
	)


def as_one_file(files: Sequence[LabelFile]) -> tuple[str, bytes]:
	"""Several files as one to print: PDFs become one PDF, anything else a ZIP. ("", b"") for none."""
	if len(files) < 2:
		return (files[0].name, files[0].content) if files else ("", b"")
	if all(file.name.endswith(".pdf") for file in files):
		writer = PdfWriter()
		for file in files:
			writer.append(PdfReader(io.BytesIO(file.content)))
		merged = io.BytesIO()
		writer.write(merged)
		return "labels.pdf", merged.getvalue()
	packed = io.BytesIO()
	with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
		for file in files:
			archive.writestr(file.name, file.content)
	return "labels.zip", packed.getvalue()


def _key(token: str, user: str) -> str:
	return f"marketplace_labels:{user}:{token}"


def _keep(token: str, user: str, answer: dict[str, Any]) -> None:
	frappe.cache.set_value(_key(token, user), answer, expires_in_sec=WAITS)


def _records(shop: str, orders: Sequence[str]) -> list[Order]:
	rows = dict(
		frappe.get_all(
			"Marketplace Order",
			filters={"name": ("in", list(orders) or [""]), "shop": shop, "record": ("is", "set")},
			fields=["name", "record"],
			as_list=True,
		)
	)
	return [Order.model_validate_json(rows[name]) for name in dict.fromkeys(orders) if name in rows]


def _chunks(orders: Sequence[Order], size: int):
	"""Of one scheme each, as the contract wants them, in the order given."""
	for scheme in dict.fromkeys(order.scheme for order in orders):
		chosen = [order for order in orders if order.scheme is scheme]
		for start in range(0, len(chosen), size):
			yield chosen[start : start + size]


def _file(shop: Shop, label: Label, orders: Sequence[Order]) -> LabelFile:
	first = orders[0].external_id
	title = first if len(orders) == 1 else f"{first}-{len(orders)}"
	extension = mimetypes.guess_extension(label.media_type) or ".pdf"
	name = f"{shop.info.name}-{title}{extension}".replace("/", "-")
	return LabelFile(name, label.content, dict(label.problems))
