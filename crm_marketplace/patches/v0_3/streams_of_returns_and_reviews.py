"""Shops that stood before returns and reviews were read: the streams are there, and off. Their keys may lack the
rights, and nobody has asked.
"""

from __future__ import annotations

import frappe

from crm_marketplace.integrations import registry
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, connector_hooks
from crm_marketplace.sync.streams import DEFAULT_INTERVALS

STREAMS = ("returns", "reviews")


def execute() -> None:
	connectors = registry.connectors(connector_hooks())
	rows = frappe.get_all(
		"Marketplace Shop Stream",
		filters={"parenttype": "Marketplace Shop"},
		fields=["parent", "stream", "idx"],
	)
	known = {(row.parent, row.stream) for row in rows}
	last = {row.parent: max(other.idx for other in rows if other.parent == row.parent) for row in rows}
	for shop in frappe.get_all("Marketplace Shop", fields=["name", "marketplace"]):
		connector = connectors.get(shop.marketplace)
		for stream in STREAMS:
			if (shop.name, stream) in known or connector is None:
				continue
			if CAPABILITY_OF_STREAM[stream] not in connector.info.capabilities:
				continue
			last[shop.name] = last.get(shop.name, 0) + 1
			frappe.get_doc(
				doctype="Marketplace Shop Stream",
				parent=shop.name,
				parenttype="Marketplace Shop",
				parentfield="streams",
				idx=last[shop.name],
				stream=stream,
				enabled=0,
				interval_minutes=DEFAULT_INTERVALS[stream],
			).db_insert()
