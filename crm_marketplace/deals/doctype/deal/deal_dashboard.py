from __future__ import annotations

from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "deal",
		"non_standard_fieldnames": {"ToDo": "reference_name"},
		"dynamic_links": {"reference_name": ["Deal", "reference_type"]},
		"internal_links": {
			"Opportunity": "opportunity",
			"Marketplace Order": "marketplace_order",
			"Contact": "contact_person",
		},
		"transactions": [
			{"label": _("Documents"), "items": ["Quotation", "Sales Order", "Project"]},
			{"label": _("Work"), "items": ["ToDo"]},
			{"label": _("Came From"), "items": ["Opportunity", "Marketplace Order", "Contact"]},
		],
	}
