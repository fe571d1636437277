"""Labels of packed postings. The vendor makes them as a task and hands the file out by a link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crm_marketplace.integrations.errors import ContractError, RejectedError, TemporaryError, _
from crm_marketplace.integrations.marketplaces.ozon import endpoints, payloads
from crm_marketplace.integrations.marketplaces.ozon.errors import (
	LABEL_NOT_READY,
	NO_LABEL_NOW,
	label_problem,
)
from crm_marketplace.integrations.marketplaces.ozon.orders import ListsOzonOrders
from crm_marketplace.integrations.marketplaces.ozon.session import id_or_none
from crm_marketplace.integrations.marketplaces.ozon.statuses import (
	LABEL_FAILED,
	LABEL_READY,
	LABEL_SIZES,
)
from crm_marketplace.integrations.records import Label, Order, OrderAction, Scheme
from crm_marketplace.integrations.translation import contract_error, rows, unexpected

LABEL_BATCH = 100  # UNCONFIRMED: the specification names no maximum; others send up to 1000
# Seconds between looks at a task. A label takes "45–60 seconds after packing" at most.
LOOKS = (1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 10.0, 10.0, 10.0)
PDF = b"%PDF-"


class PrintsOzonLabels(ListsOzonOrders):
	def labels(self, orders: Sequence[Order]) -> Label:
		"""Ordinary labels, or small ones where the vendor makes no others, in one PDF. One request for the task,
		one for each look at it, and the download, which the key does not go along with. See `PrintsLabels`.

		Where the vendor refuses all postings for one of them, each is looked at, and those that can have a
		label are asked for once more.
		"""
		if len(orders) > LABEL_BATCH:
			raise ValueError(f"{len(orders)} orders; one request takes {LABEL_BATCH}")
		problems = {order.external_id: NO_LABEL_NOW for order in orders if not _has_label(order)}
		wanted = [order for order in orders if order.external_id not in problems]
		if not wanted:
			return Label(order_ids=(), content=b"", problems=problems)
		try:
			tasks = self._label_tasks(wanted)
		except RejectedError as refusal:
			wanted, found = self._still_with_label(wanted, refusal)
			problems |= found
			if not wanted:
				return Label(order_ids=(), content=b"", problems=problems)
			tasks = self._label_tasks(wanted)
		file = self._label_file(_best(tasks))
		problems |= _unprinted(file, wanted)
		printed = tuple(order.external_id for order in orders if order.external_id not in problems)
		if not printed and set(problems.values()) == {LABEL_NOT_READY}:
			raise _not_ready()
		content = self._download_labels(file) if printed else b""
		return Label(order_ids=printed, content=content, problems=problems)

	def _label_tasks(self, orders: Sequence[Order]) -> list[payloads.LabelTask]:
		body = {"posting_numbers": [order.external_id for order in orders]}
		data = self.post(endpoints.LABELS_CREATE, body).data
		try:
			return [payloads.LabelTask.model_validate(raw) for raw in rows(data, "tasks")]
		except ValidationError as error:
			raise contract_error(error) from None

	def _still_with_label(
		self, orders: Sequence[Order], refusal: RejectedError
	) -> tuple[list[Order], dict[str, str]]:
		"""After a refusal of all: those that can have a label, and why the others have none. One request each."""
		if len(orders) == 1:
			return [], {orders[0].external_id: label_problem(_said(refusal))}
		wanted: list[Order] = []
		problems: dict[str, str] = {}
		for order in orders:
			try:
				fetched = self.order(order.external_id, Scheme.FBS)
			except RejectedError as error:
				problems[order.external_id] = label_problem(_said(error))
				continue
			if fetched.record is not None and _has_label(fetched.record):
				wanted.append(fetched.record)
			else:
				problems[order.external_id] = fetched.error.text if fetched.error else NO_LABEL_NOW
		if len(wanted) == len(orders):  # it is not for one of them
			return [], {order.external_id: label_problem(_said(refusal)) for order in orders}
		return wanted, problems

	def _label_file(self, task_id: str) -> payloads.LabelFile:
		"""What became of a task, once it is over.

		Raises:
			TemporaryError: it takes longer than there is patience.
		"""
		for seconds in (*LOOKS, None):
			data = self.post(endpoints.LABELS_GET, {"task_id": int(task_id)}).data
			try:
				file = payloads.LabelFile.model_validate(data)
			except ValidationError as error:
				raise contract_error(error) from None
			if file.status.code in (LABEL_READY, LABEL_FAILED):
				return file
			if seconds is None or not self.transport.pause(seconds):
				break
		raise _not_ready()

	def _download_labels(self, file: payloads.LabelFile) -> bytes:
		"""The file, from wherever the link leads: as safe a way as the API's own, and without the key, which the
		transport sends to the API's host only.
		"""
		url = file.file_url or ""
		if urlsplit(url).scheme != urlsplit(self.transport.base_url).scheme:
			raise unexpected("file_url", "no address" if url else "nothing")
		try:
			content = self.transport.get_file(url)
		except (ContractError, RejectedError) as error:
			# A store of files refuses in its own words, which mean nothing about the shop or the key.
			raise TemporaryError(
				_("The file with the labels cannot be downloaded."),
				next_step=_("Print the labels again, or fewer of them at once."),
				detail=error.detail,
			) from None
		if not content.startswith(PDF):
			raise unexpected("file_url", "a file that is no PDF")
		return content


def _has_label(order: Order) -> bool:
	return OrderAction.LABEL in order.actions and order.scheme is not Scheme.FBO


def _best(tasks: Sequence[payloads.LabelTask]) -> str:
	"""The task of the size that is wanted most."""
	sizes: dict[Any, str] = {task.task_type: task.task_id for task in reversed(tasks)}
	found = next((sizes[size] for size in LABEL_SIZES if size in sizes), next(iter(sizes.values()), ""))
	if not found.isdecimal():
		raise unexpected("tasks", "nothing")
	return found


def _unprinted(file: payloads.LabelFile, orders: Sequence[Order]) -> dict[str, str]:
	"""Why postings of a finished task have no label; all of them, where the task failed."""
	given = {row.posting_number: row.message or "" for row in file.status.unprinted_postings or ()}
	if file.status.code == LABEL_FAILED:
		error = file.error or payloads.LabelError()
		whole = id_or_none(error.message) or id_or_none(error.code) or ""
		given = {order.external_id: given.get(order.external_id) or whole for order in orders}
	return {
		order.external_id: label_problem(given[order.external_id])
		for order in orders
		if order.external_id in given
	}


def _said(refusal: RejectedError) -> str:
	"""The vendor's own words, which the transport keeps beside our sentence."""
	return str(refusal.values[0]) if refusal.values else refusal.text


def _not_ready() -> TemporaryError:
	return TemporaryError(
		LABEL_NOT_READY, next_step=_("Print the labels again in a minute: they are made after packing.")
	)
