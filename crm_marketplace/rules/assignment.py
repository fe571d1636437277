"""Who gets a new deal: which rule speaks of it, who of its people is at work, and whose turn it is.

Moments are naive datetimes of one zone, the site's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from crm_marketplace.integrations.records import StrEnum


class Method(StrEnum):
	IN_TURN = "In Turn"
	LEAST_LOADED = "Least Loaded"


@dataclass(frozen=True, slots=True)
class Case:
	"""What is known of a deal when it comes in.

	Args:
		territories: the party's own and those above it.
	"""

	pipeline: str
	source: str | None = None
	shop: str | None = None
	territories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
	"""Which deals a rule speaks of; what is not given is not asked."""

	name: str
	pipeline: str | None = None
	source: str | None = None
	shop: str | None = None
	territory: str | None = None

	def fits(self, case: Case) -> bool:
		return (
			self.pipeline in (None, "", case.pipeline)
			and self.source in (None, "", case.source)
			and self.shop in (None, "", case.shop)
			and (not self.territory or self.territory in case.territories)
		)


@dataclass(frozen=True, slots=True)
class Candidate:
	"""A person who could take a deal.

	Args:
		open_deals: how many they have in hand.
		assigned_at: when this rule last gave them one; None: never.
		place: in the rule's list, for equals.
	"""

	user: str
	place: int
	open_deals: int = 0
	assigned_at: datetime | None = None


def first_fitting(rules: Iterable[Rule], case: Case) -> Rule | None:
	"""The first rule, in their order, that speaks of the deal."""
	return next((rule for rule in rules if rule.fits(case)), None)


def choose(method: Method, candidates: Sequence[Candidate]) -> str | None:
	"""Whose turn it is: who has waited longest, or who has least in hand. None: nobody is there."""
	if not candidates:
		return None

	def waited(one: Candidate) -> tuple[datetime, int]:
		return one.assigned_at or datetime.min, one.place

	if method is Method.LEAST_LOADED:
		return min(candidates, key=lambda one: (one.open_deals, *waited(one))).user
	return min(candidates, key=waited).user


def parse_hour(text: str) -> time | None:
	"""An hour as people write it: "9", "9:00", "18:30". None: it is no hour."""
	hours, _colon, minutes = text.strip().partition(":")
	if not (hours.isdecimal() and (minutes or "0").isdecimal()):
		return None
	if int(hours) > 23 or int(minutes or 0) > 59:
		return None
	return time(int(hours), int(minutes or 0))


def at_work(moment: time, begins: time | None, ends: time | None) -> bool:
	"""Whether a moment lies within working hours; a shift may go past midnight. Without both ends: always."""
	if begins is None or ends is None or begins == ends:
		return True
	if begins < ends:
		return begins <= moment < ends
	return moment >= begins or moment < ends
