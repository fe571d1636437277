"""Wildberries' documents as judges, and where Wildberries departs from them."""

from pathlib import Path

from tests.conformance.specification import Specification, Specifications

# What came after the vendor's documents is written down beside the tests.
OWN = Path(__file__).resolve().parents[1] / "specifications"

WILDBERRIES = Specifications(
	*(
		Specification(f"wildberries/{name}.yaml")
		for name in (
			"01-general",
			"02-items",
			"03-orders-fbs",
			"05-dbs",
			"09-communications",
			"11-analytics",
		)
	),
	Specification("wildberries-item-returns.yaml", folder=OWN),
)
