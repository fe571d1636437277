"""Sites that had the app before Deals: the keys duplicates are found by are made in the background."""

from __future__ import annotations

from crm_marketplace.setup.install import learn_parties


def execute() -> None:
	learn_parties()
