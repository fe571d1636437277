"""Beside the other apps a company that sells has on its site. Skipped where the bench does not have them."""

from __future__ import annotations

import pytest

from tests.harness import bench, sites
from tests.site.test_uninstall import on_site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NEIGHBOURS = ("crm", "ecommerce_integrations")


@pytest.fixture(scope="module")
def crowded(site) -> str:
	"""A site with ERPNext, frappe/crm and frappe/ecommerce_integrations, and with this app after them."""
	found = bench.find()
	missing = [app for app in NEIGHBOURS if app not in found.versions]
	if missing:
		pytest.skip(f"the bench has no {' and no '.join(missing)}: bench get-app them to run this")
	return sites.ensure_with_neighbours(found, sites.NEIGHBOURS_SITE, NEIGHBOURS)


def test_the_main_job_works_beside_them(crowded):
	trade = on_site(crowded, "trade")

	assert (trade["statuses"], trade["errors"]) == (["Success", "Success"], [])
	assert trade["made"] == trade["numbers"]
	assert trade["promised"] == trade["free"] > 0


def test_their_tables_and_ours_stand_side_by_side(crowded):
	columns = set(on_site(crowded, "facts")["columns"])

	assert {"tabSales Order.marketplace_order", "tabMarketplace Order.name"} <= columns
	assert {"tabEcommerce Item.erpnext_item_code", "tabCRM Deal.name"} <= columns


def test_all_jobs_are_there(crowded):
	jobs = on_site(crowded, "facts")["jobs"]

	for app in ("crm_marketplace", "ecommerce_integrations"):
		assert any(job.startswith(f"{app}.") for job in jobs), app
