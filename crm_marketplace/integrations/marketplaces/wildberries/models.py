"""The delivery models a seller's tasks come from, and what is asked about tasks: the lists tell neither their
statuses nor their buyers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.session import (
	Part,
	WildberriesSession,
	chunks,
	page_size,
	unix,
)
from crm_marketplace.integrations.marketplaces.wildberries.tasks import read_task
from crm_marketplace.integrations.paging import bad_token
from crm_marketplace.integrations.records import Fetched, Order, Scheme
from crm_marketplace.integrations.translation import identity, rows
from crm_marketplace.integrations.transport import Answer, Endpoint

TASK_PAGE = 1000
STATUS_BATCH = 1000  # ids in one question


@dataclass(frozen=True, slots=True)
class Model:
	"""A delivery model and the methods that tell of its tasks.

	Args:
		listed: tasks of a period: for FBS all that were placed in it, for DBS those that are over.
		ids: name of the list of ids in a question for statuses.
		id: name of the id in its answer.
	"""

	schemes: frozenset[Scheme]
	new: Endpoint
	listed: Endpoint
	statuses: Endpoint
	ids: str
	id: str


FBS = Model(
	frozenset({Scheme.FBS}),
	endpoints.FBS_NEW,
	endpoints.FBS_LIST,
	endpoints.FBS_STATUS,
	"orders",
	"id",
)
DBS = Model(
	frozenset({Scheme.DBS, Scheme.EXPRESS}),
	endpoints.DBS_NEW,
	endpoints.DBS_LIST,
	endpoints.DBS_STATUS,
	"ordersIds",
	"orderId",
)
MODELS = (FBS, DBS)


class ReadsWildberriesTasks(WildberriesSession):
	def new_part(self, model: Model, position: Mapping[str, Any], limit: int | None) -> Part[Order]:
		"""New tasks, in the order of their ids. The vendor gives them all at once; pages are cut from them."""
		after, size = position.get("after", 0), page_size(limit, TASK_PAGE)
		if not isinstance(after, int):
			raise bad_token()
		answer = self.call(model.new)
		# What has no id to go by comes with the first page.
		tasks = [raw for raw in rows(answer.data, "orders") if _id(raw) > after or not (_id(raw) or after)]
		tasks.sort(key=_id)
		following = {"after": _id(tasks[size - 1])} if len(tasks) > size else None
		return Part(self.with_details(model, tasks[:size]), following, answer.date)

	def listed_part(
		self, model: Model, since: datetime, until: datetime, position: Mapping[str, Any], limit: int | None
	) -> Part[Order]:
		"""Tasks of a period of at most 30 days. The list ends with an empty page, or with no `next`."""
		after = position.get("next", 0)
		if not isinstance(after, int):
			raise bad_token()
		tasks, after, answer = self._list(model, since, until, after, page_size(limit, TASK_PAGE))
		return Part(self.with_details(model, tasks), {"next": after} if after else None, answer.date)

	def statuses(self, model: Model, ids: Iterable[str]) -> tuple[dict[str, Any], Answer | None]:
		"""Task → its row of statuses, one request per thousand; those the vendor does not know are missing."""
		found: dict[str, Any] = {}
		answer = None
		for some in chunks([int(id_) for id_ in ids if id_.isdecimal()], STATUS_BATCH):
			answer = self.call(model.statuses, {model.ids: list(some)})
			for row in rows(answer.data, "orders"):
				if isinstance(row, Mapping) and row.get("supplierStatus"):
					found[identity(row, model.id)] = row
		return found, answer

	def find_task(self, model: Model, external_id: str, periods: Sequence[tuple[datetime, datetime]]) -> Any:
		"""A task as its list gives it: among the new ones, else in periods, in their order. None: it is in no
		list.
		"""
		for raw in rows(self.call(model.new).data, "orders"):
			if identity(raw, "id") == external_id:
				return raw
		for since, until in periods:
			after: int | None = 0
			while after is not None:
				tasks, following, _answer = self._list(model, since, until, after, TASK_PAGE)
				for raw in tasks:
					if identity(raw, "id") == external_id:
						return raw
				after = following if following != after else None
		return None

	def with_details(self, model: Model, tasks: Sequence[Any]) -> tuple[Fetched[Order], ...]:
		"""Orders of tasks: their statuses in one request, and their buyers where the seller delivers."""
		ids = [identity(raw, "id") for raw in tasks]
		statuses = self.statuses(model, ids)[0] if ids else {}
		buyers = self._buyers(tasks) if model is DBS and ids else {}
		found = []
		for id_, raw in zip(ids, tasks, strict=True):
			kept = {"order": raw, "status": statuses.get(id_)}
			if id_ in buyers:
				kept["buyer"] = buyers[id_]
			found.append(read_task(kept))
		return tuple(found)

	def _list(
		self, model: Model, since: datetime, until: datetime, after: int, limit: int
	) -> tuple[list[Any], int | None, Answer]:
		params = {"limit": limit, "next": after, "dateFrom": unix(since), "dateTo": unix(until, up=True)}
		answer = self.call(model.listed, params=params)
		tasks = rows(answer.data, "orders")
		following = answer.data.get("next")
		return tasks, following if tasks and isinstance(following, int) and following else None, answer

	def _buyers(self, tasks: Sequence[Any]) -> dict[str, Any]:
		"""Task → who gets it, and the company where one bought it. Numbers are forwarding ones."""
		found: dict[str, dict[str, Any]] = {}
		for some in chunks([_id(raw) for raw in tasks if _id(raw)], STATUS_BATCH):
			for row in rows(self.call(endpoints.DBS_BUYERS, {"orders": list(some)}).data, "orders"):
				if isinstance(row, Mapping):
					found[identity(row, "orderID")] = dict(row)
		for some in chunks([_id(raw) for raw in tasks if _is_of_a_company(raw)], STATUS_BATCH):
			for row in rows(self.call(endpoints.DBS_COMPANIES, {"ordersIds": list(some)}).data, "results"):
				if isinstance(row, Mapping) and isinstance(row.get("data"), Mapping):
					found.setdefault(identity(row, "orderId"), {}).update(row["data"])
		return found


def _id(raw: Any) -> int:
	id_ = raw.get("id") if isinstance(raw, Mapping) else None
	return id_ if isinstance(id_, int) and not isinstance(id_, bool) else 0


def _is_of_a_company(raw: Any) -> bool:
	options = raw.get("options") if isinstance(raw, Mapping) else None
	return bool(_id(raw) and isinstance(options, Mapping) and (options.get("isB2b") or options.get("isB2B")))
