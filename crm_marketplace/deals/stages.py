"""Pipelines and their stages as deals need them: read in bulk, changed so that no deal is left hanging."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from crm_marketplace.deals.templates import LOSS_REASONS, TEMPLATES, Template
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import Kind, Stage, TaskTemplate, WonOn

STAGE_FIELDS = [
	"name",
	"stage_name",
	"pipeline",
	"position",
	"kind",
	"probability",
	"color",
	"days_allowed",
	"archived",
]


def rows_of(pipeline: str, *, archived: bool = True) -> list[frappe._dict]:
	"""Stages of a pipeline in their order, as rows. One query; the caller has checked the pipeline."""
	filters = {"pipeline": pipeline}
	if not archived:
		filters["archived"] = 0
	return frappe.get_all(
		"Deal Stage", filters=filters, fields=STAGE_FIELDS, order_by="position asc, creation asc"
	)


def titles_of(names: Iterable[str]) -> dict[str, str]:
	"""Stage → how it is called. One query."""
	rows = frappe.get_all(
		"Deal Stage", filters={"name": ("in", list(names) or [""])}, fields=["name", "stage_name"]
	)
	return {row.name: row.stage_name for row in rows}


def choose_pipeline(pipeline: str | None) -> tuple[list[frappe._dict], frappe._dict | None]:
	"""The pipelines the session's user sees, and the one asked for among them, else the first. One query."""
	pipelines = frappe.get_list(
		"Deal Pipeline",
		filters={"archived": 0},
		fields=["name", "pipeline_name", "currency"],
		order_by="position asc, pipeline_name asc",
		limit=0,
	)
	first = pipelines[0] if pipelines else None
	return pipelines, next((row for row in pipelines if row.name == pipeline), first)


def stages_of(pipeline: str) -> list[Stage]:
	"""The same as rules see them."""
	return [as_stage(row) for row in rows_of(pipeline)]


def as_stage(row: frappe._dict) -> Stage:
	return Stage(
		row.name, Kind(row.kind), cint(row.position), float(row.probability or 0), bool(row.archived)
	)


def entry_of(pipeline: str) -> str:
	"""The stage new deals of a pipeline begin in."""
	stage = rules.entry_stage(stages_of(pipeline))
	if stage is None:
		frappe.throw(
			_("The pipeline {0} has no open stage. Add one in the pipeline.").format(title_of(pipeline)),
			title=_("No Stage to Begin In"),
		)
	return stage.name


def closing_of(pipeline: str, kind: Kind) -> str | None:
	"""The stage that wins or loses deals of a pipeline, if it has one."""
	stage = rules.closing_stage(stages_of(pipeline), kind)
	return stage.name if stage else None


def title_of(pipeline: str) -> str:
	return frappe.get_cached_value("Deal Pipeline", pipeline, "pipeline_name") or pipeline


def required_of(stages: Sequence[str]) -> dict[str, list[str]]:
	"""Stage → fields it asks for, those that Deal has. One query."""
	known = {field.fieldname for field in frappe.get_meta("Deal").fields}
	found: dict[str, list[str]] = defaultdict(list)
	for row in frappe.get_all(
		"Deal Stage Field",
		filters={"parent": ("in", list(stages) or [""]), "parenttype": "Deal Stage"},
		fields=["parent", "fieldname"],
		order_by="idx asc",
	):
		if row.fieldname in known:
			found[row.parent].append(row.fieldname)
	return found


def tasks_of(stage: str) -> list[TaskTemplate]:
	"""What a stage wants done when a deal comes into it."""
	return [
		TaskTemplate(
			row.subject,
			row.kind or "Other",
			timedelta(hours=cint(row.after_hours)),
			bool(row.unless_open),
			row.priority or "Medium",
			row.task_template or "",
		)
		for row in frappe.get_all(
			"Deal Stage Task",
			filters={"parent": stage, "parenttype": "Deal Stage"},
			fields=["subject", "kind", "after_hours", "unless_open", "priority", "task_template"],
			order_by="idx asc",
		)
	]


def problems_of(pipeline: str) -> list[str]:
	"""Sentences about what the pipeline lacks."""
	doc = frappe.get_cached_doc("Deal Pipeline", pipeline)
	sentences = {
		"no_entry": _("There is no open stage: no deal can begin here."),
		"no_won": _("There is no won stage: deals cannot be won."),
		"no_lost": _("There is no lost stage: deals whose quotations are lost stay open."),
	}
	found = rules.problems(stages_of(pipeline), WonOn(doc.won_on), bool(doc.lost_with_quotations))
	return [sentences[code] for code in found]


# --- changes ---------------------------------------------------------------------------------------


def add(pipeline: str, title: str, kind: str = "Open", after: str | None = None, **fields: Any) -> str:
	"""A new stage, after another one or before the closing ones. Returns its name."""
	rows = rows_of(pipeline)
	stage = frappe.get_doc(
		doctype="Deal Stage", pipeline=pipeline, stage_name=title, kind=kind, **fields
	).insert()
	order = [row.name for row in rows]
	if after in order:
		place = order.index(after) + 1
	else:
		closed = [index for index, row in enumerate(rows) if row.kind != "Open"]
		place = closed[0] if closed and kind == "Open" else len(order)
	order.insert(place, stage.name)
	set_order(pipeline, order)
	return stage.name


def set_order(pipeline: str, names: Sequence[str]) -> None:
	"""Put stages in this order; those not named keep theirs, at the end."""
	known = [row.name for row in rows_of(pipeline)]
	order = [name for name in names if name in known]
	order += [name for name in known if name not in order]
	for position, name in enumerate(order, 1):
		frappe.db.set_value("Deal Stage", name, "position", position, update_modified=False)


def make_from_template(key: str) -> str:
	"""A pipeline of a template with its stages, in the user's language. Returns its name."""
	template = next((one for one in TEMPLATES if one.key == key), None)
	if template is None:
		frappe.throw(_("There is no such ready pipeline."))
	company = frappe.defaults.get_user_default("Company")
	pipeline = frappe.get_doc(
		doctype="Deal Pipeline",
		pipeline_name=_free_title(_translated(template.title)),
		company=company,
		won_on=template.won_on,
		lost_with_quotations=int(template.lost_with_quotations),
		amount_follows_quotation=int(template.amount_follows_quotation),
	).insert()
	_make_stages(pipeline.name, template)
	make_loss_reasons()
	return pipeline.name


def make_loss_reasons() -> None:
	"""The usual reasons, where the site has none of its own."""
	if frappe.db.count("Deal Loss Reason"):
		return
	for reason in LOSS_REASONS:
		frappe.get_doc(doctype="Deal Loss Reason", reason=_translated(reason)).insert()


def _make_stages(pipeline: str, template: Template) -> None:
	for position, step in enumerate(template.steps, 1):
		frappe.get_doc(
			doctype="Deal Stage",
			pipeline=pipeline,
			stage_name=_translated(step.title),
			position=position,
			kind=step.kind,
			probability=step.probability,
			color=step.color,
			days_allowed=step.days,
			required_fields=[{"fieldname": fieldname} for fieldname in step.required],
			tasks=[
				{"subject": _translated(task.subject), "kind": task.kind, "after_hours": task.after_hours}
				for task in step.tasks
			],
		).insert()


def _translated(text: str) -> str:
	# A literal inside the marker of `templates`, where the translation test sees it.
	return frappe._(text)  # nosemgrep: frappe-semgrep-rules.rules.translate


def _free_title(title: str) -> str:
	"""The title, or the first "title 2", "title 3" … nobody has."""
	number, free = 1, title
	while frappe.db.exists("Deal Pipeline", {"pipeline_name": free}):
		number += 1
		free = f"{title} {number}"
	return free
