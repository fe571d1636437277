"""Calls of the pipeline form: ready pipelines, stages in a row, splitting, archiving."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from crm_marketplace.deals import stage_moves, stages
from crm_marketplace.deals.api.guard import permitted, texts
from crm_marketplace.deals.templates import TEMPLATES
from crm_marketplace.rules.deals import Kind

MOST_STAGES = 60


@frappe.whitelist()
def ready_pipelines() -> list[dict[str, Any]]:
	"""Pipelines one click away, in the reader's language."""
	frappe.has_permission("Deal Pipeline", "create", throw=True)
	return [
		{
			"key": template.key,
			"title": _(template.title),
			"description": _(template.description),
			"stages": [{"title": _(step.title), "color": step.color} for step in template.steps],
		}
		for template in TEMPLATES
	]


@frappe.whitelist(methods=["POST"])
def take_pipeline(key: str) -> str:
	"""Make a ready pipeline. Returns its name."""
	frappe.has_permission("Deal Pipeline", "create", throw=True)
	return stages.make_from_template(key)


@frappe.whitelist()
def pipeline_stages(pipeline: str) -> dict[str, Any]:
	"""Stages with the number of deals in each, and what the pipeline lacks."""
	permitted("Deal Pipeline", pipeline)
	deal = frappe.qb.DocType("Deal")
	counts = dict(
		(
			frappe.qb.from_(deal)
			.select(deal.stage, Count("*"))
			.where(deal.pipeline == pipeline)
			.groupby(deal.stage)
		).run()
	)
	rows = stages.rows_of(pipeline)
	required = stages.required_of([row.name for row in rows])
	for row in rows:
		row.deals = counts.get(row.name, 0)
		row.required = [_(frappe.get_meta("Deal").get_label(field)) for field in required.get(row.name, [])]
	return {"stages": rows, "problems": stages.problems_of(pipeline)}


@frappe.whitelist(methods=["POST"])
def add_stage(pipeline: str, title: str, kind: str = "Open", after: str | None = None) -> dict[str, Any]:
	"""A new stage; after another one it takes over that one's numbers, so that splitting changes no forecast."""
	permitted("Deal Pipeline", pipeline, "write")
	values: dict[str, Any] = {}
	if after:
		origin = permitted("Deal Stage", after)
		values = {
			"probability": origin.probability,
			"color": origin.color,
			"days_allowed": origin.days_allowed,
		}
	stages.add(pipeline, title, Kind(kind).value if kind in set(Kind) else Kind.OPEN.value, after, **values)
	return pipeline_stages(pipeline)


@frappe.whitelist(methods=["POST"])
def order_stages(pipeline: str, names: list | str) -> dict[str, Any]:
	"""Put stages in this order."""
	permitted("Deal Pipeline", pipeline, "write")
	stages.set_order(pipeline, texts(names, MOST_STAGES))
	return pipeline_stages(pipeline)


@frappe.whitelist(methods=["POST"])
def archive_stage(stage: str, to_stage: str | None = None) -> dict[str, Any]:
	"""Take a stage out of use, or back into it; its deals go to another one when that is named.

	Returns:
		As `pipeline_stages`, and `moving`: how many deals are moved in the background.
	"""
	doc = permitted("Deal Stage", stage, "write")
	target = None
	if to_stage and not doc.archived:
		target = permitted("Deal Stage", to_stage)
		if target.pipeline != doc.pipeline or target.archived or target.name == doc.name:
			frappe.throw(_("Choose another stage of the same pipeline."))
	doc.archived = int(not doc.archived)
	doc.save()
	moving = stage_moves.start(doc.name, target.name) if target else 0
	return {**pipeline_stages(doc.pipeline), "moving": moving}
