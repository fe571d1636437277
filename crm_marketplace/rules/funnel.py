"""Conversion: how many deals reach a stage or one further on. Skipped stages count as reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
	"""A stage of the funnel.

	Args:
		reached: deals that came to it or further.
		stopped: of them, those that came no further.
		of_first, of_previous: per cent, 0–100, one decimal.
	"""

	stage: str
	reached: int
	stopped: int
	of_first: float
	of_previous: float


def funnel(
	open_stages: Sequence[str], won_stages: Sequence[str], deals: Mapping[str, Collection[str]]
) -> list[Step]:
	"""Steps from the first open stage to won.

	Args:
		open_stages: in their order.
		won_stages: together they are the last step.
		deals: deal → stages it was in; stages that are in neither list (lost ones) tell nothing.
	"""
	if not deals:
		return []
	furthest = list(furthest_of(open_stages, won_stages, deals).values())
	names = [*open_stages, *won_stages[:1]]
	steps: list[Step] = []
	for number, stage in enumerate(names):
		reached = sum(1 for far in furthest if far >= number)
		further = sum(1 for far in furthest if far > number)
		before = steps[-1].reached if steps else reached
		steps.append(
			Step(
				stage, reached, reached - further, _percent(reached, len(furthest)), _percent(reached, before)
			)
		)
	return steps


def furthest_of(
	open_stages: Sequence[str], won_stages: Sequence[str], deals: Mapping[str, Collection[str]]
) -> dict[str, int]:
	"""Deal → number of the furthest step it came to, from 0; the arguments are those of `funnel`."""
	order = {stage: number for number, stage in enumerate(open_stages)}
	order.update(dict.fromkeys(won_stages, len(open_stages)))
	return {
		deal: max((order[stage] for stage in passed if stage in order), default=0)
		for deal, passed in deals.items()
	}


def _percent(part: int, whole: int) -> float:
	return round(100 * part / whole, 1) if whole else 0.0
