"""Fields we add to ERPNext's DocTypes: data only. Install, migrate and uninstall read the same list."""

from __future__ import annotations


def _(text: str) -> str:
	"""Mark a label for translation; labels are stored in English and translated when shown."""
	return text


def custom_fields() -> dict[str, list[dict]]:
	"""DocType → fields, as `create_custom_fields` takes them."""
	return {
		"Contact": _story_tab("unsubscribed"),
		"Customer": [*_story_tab("portal_users"), *_segment_fields()],
		"Lead": _story_tab("notes"),
		"Project": [_deal_field("customer")],
		"Prospect": [
			{
				# Customers and leads have it: who was merged into another one is not chosen any more.
				"fieldname": "disabled",
				"fieldtype": "Check",
				"label": _("Disabled"),
				"insert_after": "company",
				"no_copy": 1,
			}
		],
		"Quotation": [_deal_field("valid_till")],
		"ToDo": _task_fields(),
		"Sales Order": [
			_deal_field("delivery_date"),
			{
				"fieldname": "marketplace_section",
				"fieldtype": "Section Break",
				"label": _("Marketplace"),
				"insert_after": "po_date",
				"collapsible": 1,
				"depends_on": "marketplace_order",
			},
			{
				"fieldname": "marketplace_shop",
				"fieldtype": "Link",
				"label": _("Marketplace Shop"),
				"options": "Marketplace Shop",
				"insert_after": "marketplace_section",
				"read_only": 1,
				"no_copy": 1,
				"in_standard_filter": 1,
				"search_index": 1,
				"print_hide": 1,
			},
			{
				"fieldname": "marketplace_column",
				"fieldtype": "Column Break",
				"insert_after": "marketplace_shop",
			},
			{
				"fieldname": "marketplace_order",
				"fieldtype": "Link",
				"label": _("Marketplace Order"),
				"options": "Marketplace Order",
				"insert_after": "marketplace_column",
				"read_only": 1,
				"no_copy": 1,
				"search_index": 1,
				"print_hide": 1,
			},
			{
				# Unique in the database: the last guard against a second Sales Order of one order.
				"fieldname": "marketplace_order_key",
				"fieldtype": "Data",
				"label": _("Marketplace Order Key"),
				"insert_after": "marketplace_order",
				"hidden": 1,
				"read_only": 1,
				"no_copy": 1,
				"unique": 1,
				"print_hide": 1,
			},
		],
	}


def _deal_field(insert_after: str) -> dict:
	"""The deal a document belongs to; copied from a quotation to the order made of it."""
	return {
		"fieldname": "deal",
		"fieldtype": "Link",
		"label": _("Deal"),
		"options": "Deal",
		"insert_after": insert_after,
		"search_index": 1,
		"print_hide": 1,
		"allow_on_submit": 1,
	}


def _story_tab(insert_after: str) -> list[dict]:
	"""A tab with everything that happened; what is in it is read when it is opened."""
	return [
		{
			"fieldname": "crm_story_tab",
			"fieldtype": "Tab Break",
			"label": _("Story"),
			"insert_after": insert_after,
		},
		{
			"fieldname": "crm_story",
			"fieldtype": "HTML",
			"insert_after": "crm_story_tab",
		},
	]


def _segment_fields() -> list[dict]:
	"""What the nightly run found out about a customer; filters of the list."""
	labels = {
		"segment_abc": _("Segment ABC"),
		"segment_rfm": _("Segment RFM"),
		"segment_channel": _("Channel"),
	}
	after = ["market_segment", *labels]
	return [
		{
			"fieldname": fieldname,
			"fieldtype": "Link",
			"label": label,
			"options": "Customer Segment",
			"insert_after": after[number],
			"read_only": 1,
			"no_copy": 1,
			"in_standard_filter": 1,
			"search_index": 1,
			"print_hide": 1,
		}
		for number, (fieldname, label) in enumerate(labels.items())
	]


def _task_fields() -> list[dict]:
	return [
		{
			"fieldname": "task_kind",
			"fieldtype": "Select",
			"label": _("Kind"),
			"options": "\nCall\nMeeting\nLetter\nOther",
			"insert_after": "priority",
			"in_standard_filter": 1,
		},
		{
			"fieldname": "due_at",
			"fieldtype": "Datetime",
			"label": _("Due At"),
			"insert_after": "date",
			"search_index": 1,
		},
		{
			"fieldname": "repeat_every",
			"fieldtype": "Select",
			"label": _("Repeat Every"),
			"options": "\nDay\nWeekday\nWeek\nMonth",
			"insert_after": "due_at",
			"description": _("A task that is done brings the next one, at the same hour."),
		},
		{
			"fieldname": "deal_stage",
			"fieldtype": "Link",
			"label": _("Asked for by the stage"),
			"options": "Deal Stage",
			"insert_after": "assignment_rule",
			"read_only": 1,
			"no_copy": 1,
		},
		{
			"fieldname": "task_template",
			"fieldtype": "Link",
			"label": _("Task Template"),
			"options": "Task Template",
			"insert_after": "deal_stage",
			"read_only": 1,
			"no_copy": 1,
		},
		{
			"fieldname": "reminded_at",
			"fieldtype": "Datetime",
			"label": _("Reminded At"),
			"insert_after": "task_template",
			"read_only": 1,
			"hidden": 1,
			"no_copy": 1,
		},
		{
			"fieldname": "escalated_at",
			"fieldtype": "Datetime",
			"label": _("Escalated At"),
			"insert_after": "reminded_at",
			"read_only": 1,
			"hidden": 1,
			"no_copy": 1,
		},
	]
