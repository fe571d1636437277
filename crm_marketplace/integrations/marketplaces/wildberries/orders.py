"""Lists of orders: what is new, what was placed or finished in a period, what became of known ones; and a
single one.

A walk over a period goes through four lists, one after the other: FBS tasks placed in it; DBS and express
tasks that are over; new DBS and express ones; and the feed of orders from the marketplace's warehouses. DBS
and express tasks in work are in no list at all: those we know are asked for by `refresh_orders`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.integrations.errors import (
	IntegrationError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	_,
)
from crm_marketplace.integrations.marketplaces.wildberries.feed import ReadsWildberriesFeed
from crm_marketplace.integrations.marketplaces.wildberries.models import (
	DBS,
	FBS,
	MODELS,
	STATUS_BATCH,
	TASK_PAGE,
	ReadsWildberriesTasks,
)
from crm_marketplace.integrations.marketplaces.wildberries.session import Part
from crm_marketplace.integrations.marketplaces.wildberries.tasks import refreshed
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Order, Page, Scheme

ORDER_PAGE = TASK_PAGE
REFRESH_BATCH = STATUS_BATCH
LONGEST_PERIOD = timedelta(days=30)
# "Created not more than 3 months ago"; older ones are in an archive without these sums, which is not read.
OLDEST_TASK = timedelta(days=89)
# Changes of FBO orders of so long ago are read again with every walk, so that a walk may do without them
# while the feed's budget is used up: FBS orders must not wait for it.
FEED_WINDOW = timedelta(hours=6)

FBS_LISTED, DBS_LISTED, DBS_NEW, FEED = "fbs", "dbs", "dbs_new", "feed"
PHASES = (FBS_LISTED, DBS_LISTED, DBS_NEW, FEED)
OPEN_PHASES = {"fbs_new": FBS, DBS_NEW: DBS}
Period = tuple[datetime, datetime]


class ListsWildberriesOrders(ReadsWildberriesTasks, ReadsWildberriesFeed):
	def order_changes(
		self,
		since: datetime,
		until: datetime,
		token: str | None = None,
		limit: int | None = None,
		*,
		with_fbo: bool = True,
	) -> Page[Order]:
		"""New orders, DBS and express ones that are over, and changes of FBO ones. Other changes are told by
		`refresh_orders`. Two requests a page; DBS tasks cost another for their buyers. See `ListsOrders`.
		"""
		phases = PHASES if with_fbo else PHASES[: PHASES.index(FEED)]
		return self._walk(since, until, token, limit, is_change=True, phases=phases)

	def orders_created(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Order]:
		"""Orders placed in [since, until), but for DBS and express ones in work, which no list tells. Tasks
		older than three months and FBO orders whose status is older than a month are out of reach. See
		`ListsOrders`.
		"""
		return self._walk(since, until, token, limit, is_change=False)

	def open_orders(self, token: str | None = None, limit: int | None = None) -> Page[Order]:
		"""New tasks: two requests a page. Those in work are told by `refresh_orders`. See `ListsOrders`."""
		position = unpack_token(token)
		phase = _phase(position, tuple(OPEN_PHASES))
		return _page(self.new_part(OPEN_PHASES[phase], position, limit), phase, tuple(OPEN_PHASES))

	def refresh_orders(self, known: Sequence[Order]) -> Page[Order]:
		"""Tasks as they stand now: one request for FBS, one for DBS and express. Changes of FBO orders come
		with `order_changes`. See `RefreshesOrders`.
		"""
		if len(known) > REFRESH_BATCH:
			raise ValueError(f"{len(known)} orders; the method takes {REFRESH_BATCH}")
		items: list[Fetched[Order]] = []
		as_of = None
		for model in MODELS:
			orders = {order.external_id: order for order in known if order.scheme in model.schemes}
			statuses, answer = self.statuses(model, orders)
			as_of = as_of or (answer.date if answer else None)
			items += (refreshed(order, statuses[id_]) for id_, order in orders.items() if id_ in statuses)
		return Page(tuple(items), None, as_of)

	def order(self, external_id: str, scheme: Scheme | None = None) -> Fetched[Order]:
		"""One order. There is no method for a single one: its list is looked through, the newest tasks first.
		For a known order `refresh_orders` is the quicker way. See `ListsOrders`.
		"""
		if not external_id.isdecimal():
			if found := self.find_in_feed(external_id):
				return found
			raise _unknown(external_id)
		for model in MODELS:
			if scheme in (None, *model.schemes) and self.statuses(model, [external_id])[0]:
				now = self.clock()
				periods = _pieces(now - OLDEST_TASK, now + timedelta(hours=1))
				raw = self.find_task(model, external_id, periods[::-1])
				if raw is None:
					raise _between_the_lists(external_id)
				return self.with_details(model, [raw])[0]
		raise _unknown(external_id)

	# --- walks over periods --------------------------------------------------------------------

	def _walk(
		self,
		since: datetime,
		until: datetime,
		token: str | None,
		limit: int | None,
		*,
		is_change: bool,
		phases: Sequence[str] = PHASES,
	) -> Page[Order]:
		position = unpack_token(token)
		phase = _phase(position, phases)
		if since >= until:
			return Page(())
		if phase == FEED:
			try:
				part = self._fed_part(since, until, position, limit, is_change)
			except RateLimited:
				raise  # it goes on from here in a moment
			except IntegrationError as error:
				return Page((), left_out=error)  # tasks must not wait for another host
		elif phase == DBS_NEW:
			part = self.new_part(DBS, position, limit)
		else:
			return self._listed_page(phase, phases, since, until, position, limit)
		if not is_change:  # these two lists are not by the time of placing
			part = Part(_placed(part.items, since, until), part.following, part.as_of)
		return _page(part, phase, phases)

	def _listed_page(
		self,
		phase: str,
		phases: Sequence[str],
		since: datetime,
		until: datetime,
		position: Mapping[str, Any],
		limit: int | None,
	) -> Page[Order]:
		"""A page of tasks of a period, which is asked for in pieces the vendor takes."""
		pieces = _pieces(max(since, self.clock() - OLDEST_TASK), until)
		number = position.get("piece", 0)
		if not isinstance(number, int) or not 0 <= number < max(1, len(pieces)):
			raise bad_token()
		if not pieces:
			return _page(Part((), None, None), phase, phases)
		part = self.listed_part(FBS if phase == FBS_LISTED else DBS, *pieces[number], position, limit)
		following = None
		if part.following:
			following = {**part.following, "piece": number}
		elif number + 1 < len(pieces):
			following = {"piece": number + 1}
		return _page(Part(part.items, following, part.as_of), phase, phases)

	def _fed_part(
		self,
		since: datetime,
		until: datetime,
		position: Mapping[str, Any],
		limit: int | None,
		is_change: bool,
	) -> Part[Order]:
		"""A page of the feed. Where all of the changes will be read again by later walks, this one may do
		without them.
		"""
		until = min(until, self.clock())  # a walk may end ahead of us; the window looks back from now
		# What was placed in a period has a status since, at whatever time until now.
		start = min(since, until - FEED_WINDOW) if is_change else since
		end = until if is_change else None
		is_optional = is_change and since >= until - FEED_WINDOW and "offset" not in position
		try:
			if is_optional:
				self.keep_feed_pace()
			return self.feed_part(
				start, end, position, None if limit is None or limit >= ORDER_PAGE else limit
			)
		except PermissionMissing:
			return Part((), None, None)  # told by the credentials check; tasks must not wait for it
		except RateLimited:
			if not is_optional:
				raise
			return Part((), None, None)


def _phase(position: Mapping[str, Any], phases: Sequence[str]) -> str:
	phase = position.get("phase", phases[0])
	if phase not in phases:
		raise bad_token()
	return phase


def _page(part: Part[Order], phase: str, phases: Sequence[str]) -> Page[Order]:
	"""A page with the token of the next one, which may be in the next phase."""
	if part.following is not None:
		token = pack_token(**{**part.following, "phase": phase})
	else:
		later = phases[phases.index(phase) + 1 :]
		token = pack_token(phase=later[0]) if later else None
	return Page(part.items, token, part.as_of)


def _pieces(since: datetime, until: datetime) -> list[Period]:
	"""[since, until) in periods the vendor takes, the oldest first; none if it is empty."""
	found = []
	while since < until:
		end = min(until, since + LONGEST_PERIOD)
		found.append((since, end))
		since = end
	return found


def _placed(items: Sequence[Fetched[Order]], since: datetime, until: datetime) -> tuple[Fetched[Order], ...]:
	"""Those placed in [since, until), and those nobody can read."""
	return tuple(item for item in items if item.record is None or since <= item.record.created_at < until)


def _unknown(external_id: str) -> RejectedError:
	return RejectedError(_("The marketplace does not know this order."), record_id=external_id)


def _between_the_lists(external_id: str) -> RejectedError:
	return RejectedError(
		_("The marketplace tells the details of this order while it is new and once it is over, not now."),
		next_step=_("Nothing to do: it is read when it is over."),
		record_id=external_id,
	)
