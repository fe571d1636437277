"""Install, migrate, uninstall, reinstall, on a site of its own: nothing of ours stays, nothing of theirs goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.harness import bench, sites

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# What Frappe writes about the installation itself, whatever app it is, and what each migration makes anew.
FRAPPES_OWN = {
	"tabActivity Log",
	"tabDefaultValue",
	"tabDeleted Document",
	"tabDocField",  # these two compared by their DocType below
	"tabDocPerm",
	"tabError Log",
	"tabInstalled Application",
	"tabLogs To Clear",  # compared by DocType below
	"tabPatch Log",
	"tabScheduled Job Type",  # made anew by each migrate; compared by method below
	"tabVersion",
}


CONFIGURATION = (
	"tabCustom Field",
	"tabDashboard Chart",
	"tabDocType",
	"tabForm Tour",
	"tabModule Def",
	"tabModule Onboarding",
	"tabNumber Card",
	"tabOnboarding Step",
	"tabPage",
	"tabProperty Setter",
	"tabReport",
	"tabRole",
	"tabWorkspace",
)


def on_site(site: str, what: str) -> Any:
	"""Run tests/site/other_site.py. Returns what it printed."""
	script = Path(__file__).with_name("other_site.py")
	done = subprocess.run(
		[sys.executable, str(script), site, what], capture_output=True, text=True, timeout=300
	)
	assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
	return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def story(site) -> SimpleNamespace:
	"""What was on the site before and after each step."""
	found = bench.find()
	name = sites.ensure_bare(found, sites.INSTALL_SITE)
	told = SimpleNamespace(site=name)
	told.bare = on_site(name, "facts")
	sites.install_app(found, name)
	told.installed = on_site(name, "facts")
	told.trade = on_site(name, "trade")
	found.frappe("migrate", "--skip-search-index", site=name)
	told.used = on_site(name, "facts")
	told.documents = on_site(name, "documents")
	sites.uninstall_app(found, name)
	told.gone = on_site(name, "facts")
	told.documents_left = on_site(name, "documents")
	sites.install_app(found, name)
	told.again = on_site(name, "facts")
	told.trade_again = on_site(name, "trade")
	sites.uninstall_app(found, name)
	sites.keep_bare(found, name)
	return told


def ours(story) -> dict[str, set[str]]:
	"""Table → rows that came with the app, in tables that were there before."""
	return {
		table: set(story.installed["names"][table]) - set(names)
		for table, names in story.bare["names"].items()
		if table not in FRAPPES_OWN
	}


def test_the_main_job_works_after_the_installation(story):
	trade = story.trade

	assert (trade["statuses"], trade["errors"]) == (["Success", "Success"], [])
	assert trade["made"] == trade["numbers"]
	assert trade["promised"] == trade["free"] > 0


def test_a_migration_changes_nothing_on_a_site_that_is_up_to_date(story):
	for kind in ("columns", "indexes"):
		assert story.used[kind] == story.installed[kind]
	assert {table: story.used["names"][table] for table in CONFIGURATION} == {
		table: story.installed["names"][table] for table in CONFIGURATION
	}


def test_the_app_brings_what_it_promises(story):
	for table in CONFIGURATION:
		if table != "tabProperty Setter":
			assert len(story.installed["names"][table]) > len(story.bare["names"][table]), table


def test_uninstalling_leaves_no_table_column_or_index(story):
	for kind in ("columns", "indexes"):
		left = set(story.gone[kind]) - set(story.bare[kind])
		# Frappe itself adds this one whenever it alters a table.
		assert {name for name in left if not name.endswith(".creation")} == set(), kind


def test_uninstalling_leaves_no_row_of_ours(story):
	left = {table: sorted(rows & set(story.gone["names"][table])) for table, rows in ours(story).items()}

	assert {table: rows for table, rows in left.items() if rows} == {}


def test_uninstalling_leaves_no_settings_keys_or_jobs(story):
	for kind in ("singles", "keys", "jobs", "logs_to_clear", "parents"):
		new = set(story.gone[kind]) - set(story.bare[kind])
		# Frappe adds its own defaults to the list of logs when somebody saves it.
		assert [name for name in new if kind != "logs_to_clear" or "Marketplace" in name] == [], kind


def test_uninstalling_leaves_no_task_or_notice_about_what_is_gone(story):
	assert len(story.used["names"]["tabToDo"]) > len(story.bare["names"]["tabToDo"])
	assert story.gone["names"]["tabToDo"] == story.bare["names"]["tabToDo"]


def test_uninstalling_takes_nothing_that_was_there_before(story):
	lost = {
		table: sorted(set(names) - set(story.gone["names"].get(table, ())))
		for table, names in story.bare["names"].items()
		if table not in FRAPPES_OWN
	}

	assert {table: rows for table, rows in lost.items() if rows} == {}
	for kind in ("columns", "indexes", "singles", "keys", "jobs", "logs_to_clear", "parents"):
		assert set(story.bare[kind]) - set(story.gone[kind]) == set(), kind


def test_uninstalling_takes_no_document_made_meanwhile(story):
	"""Customers, items, orders, stock: all rows of ERPNext's tables but those that came with the app."""
	made = ours(story)
	about_us = {"tabToDo", "tabNotification Log", "tabComment", "tabHas Role"}
	lost = {
		table: sorted(set(story.used["names"][table]) - rows - set(story.gone["names"][table]))
		for table, rows in made.items()
		if table not in about_us
	}

	assert {table: rows for table, rows in lost.items() if rows} == {}


def test_sales_orders_are_what_they_were(story):
	assert story.documents
	assert story.documents_left == story.documents


def test_reinstalling_brings_everything_back(story):
	for kind in ("columns", "indexes", "singles", "jobs"):
		assert set(story.again[kind]) >= set(story.installed[kind]), kind
	for table in CONFIGURATION:
		assert set(story.again["names"][table]) >= set(story.installed["names"][table]), table


def test_the_main_job_works_after_the_reinstallation(story):
	trade = story.trade_again

	assert (trade["statuses"], trade["errors"]) == (["Success", "Success"], [])
	assert trade["made"] == trade["numbers"]
