"""Wildberries' documents as judges, and where Wildberries departs from them."""

from tests.conformance.specification import Specification, Specifications

WILDBERRIES = Specifications(
	*(
		Specification(f"wildberries/{name}.yaml")
		for name in ("01-general", "02-items", "03-orders-fbs", "05-dbs", "11-analytics")
	)
)
