"""Fields we add to ERPNext's DocTypes: data only. Install, migrate and uninstall read the same list."""

from __future__ import annotations


def _(text: str) -> str:
	"""Mark a label for translation; labels are stored in English and translated when shown."""
	return text


def custom_fields() -> dict[str, list[dict]]:
	"""DocType → fields, as `create_custom_fields` takes them."""
	return {
		"Sales Order": [
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
