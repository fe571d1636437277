"""Sites on the bench: the test site, made once and migrated when the schema changes, and fresh ones for tests.

A site is made in two steps: ERPNext with its setup wizard done (slow, kept as a snapshot of the database in
the bench), then this app on top.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tests.harness import APP, ROOT, Broken
from tests.harness.bench import Bench, fingerprint
from tests.harness.shell import run, say

TEST_SITE = "crm-marketplace-test.localhost"
INSTALL_SITE = "crm-marketplace-install.localhost"
NEIGHBOURS_SITE = "crm-marketplace-neighbours.localhost"
ADMIN_PASSWORD = "admin"
SITE_CONFIG = {
	"allow_tests": 1,
	"allow_marketplace_sandbox": 1,
	"developer_mode": 0,  # or saving standard records would write into this checkout
	"mute_emails": 1,
	"pause_scheduler": 1,  # another scheduler of this bench would run jobs under the tests' feet
}
WIZARD = ROOT / "tests" / "harness" / "site_wizard.py"


def ensure_test_site(bench: Bench, fresh: bool = False) -> str:
	"""The test site: there, with ERPNext and this app, and of the present schema. Returns its name.

	Args:
		fresh: make it anew.
	"""
	return ensure(bench, TEST_SITE, fresh)


def ensure_another_test_site(bench: Bench, number: int) -> str:
	"""A further site for a process that tests beside others: the second, the third, …. Returns its name."""
	return ensure(bench, TEST_SITE.replace(".", f"-{number}.", 1))


def ensure(bench: Bench, site: str, fresh: bool = False) -> str:
	stamp = _Stamp(bench, site)
	if fresh or not stamp.read("made"):
		create(bench, site)
		configure(bench, site, **SITE_CONFIG)
		install_app(bench, site)
		stamp.write(made=True, schema=schema(bench), desk=desk(bench))
		return site
	configure(bench, site, **SITE_CONFIG)
	if stamp.read("schema") != schema(bench):
		say(f"migrating {site} …")
		bench.frappe("migrate", "--skip-search-index", site=site)
		stamp.write(schema=schema(bench), desk=desk(bench))
	elif stamp.read("desk") != desk(bench):
		bench.frappe("clear-cache", site=site)
		stamp.write(desk=desk(bench))
	return site


def ensure_bare(bench: Bench, site: str) -> str:
	"""A site with ERPNext and without this app; made once, and anew where a run did not come to its end.
	Returns its name.
	"""
	stamp = _Stamp(bench, site)
	if not stamp.read("bare"):
		create(bench, site)
		configure(bench, site, **SITE_CONFIG)
		bench.frappe("migrate", "--skip-search-index", site=site)  # what a migration tidies up is tidied up
	stamp.write(bare=False)  # until `keep_bare` says otherwise
	return site


def keep_bare(bench: Bench, site: str) -> None:
	"""The app has left the site as it was: it may be used again."""
	_Stamp(bench, site).write(bare=True)


def ensure_with_neighbours(bench: Bench, site: str, apps: Sequence[str]) -> str:
	"""A site with ERPNext, other apps, and this app after them. Returns its name."""
	stamp = _Stamp(bench, site)
	versions = {app: bench.versions[app] for app in apps}
	if stamp.read("neighbours") != versions:
		create(bench, site)
		configure(bench, site, **SITE_CONFIG)
		for app in apps:
			say(f"installing {app} on {site} …")
			bench.frappe("install-app", app, site=site)
		install_app(bench, site)
		stamp.write(made=True, neighbours=versions, schema=schema(bench), desk=desk(bench))
	return ensure(bench, site)


def create(bench: Bench, site: str) -> None:
	"""A new site with ERPNext, a company and its chart of accounts, and without this app.

	An older site of this name, or what an interrupted creation left, is replaced.
	"""
	snapshot = _snapshot(bench)
	options = ["--force", "--admin-password", ADMIN_PASSWORD, "--db-root-password", bench.root_password]
	shutil.rmtree(bench.sites / site, ignore_errors=True)
	if snapshot.exists():
		say(f"making {site} from the snapshot …")
		bench.frappe("new-site", site, *options, "--source-sql", str(snapshot))
	else:
		say(f"making {site} with ERPNext (minutes, once) …")
		bench.frappe("new-site", site, *options, "--install-app", "erpnext")
		run([bench.python, WIZARD, site], cwd=bench.sites, log="bench.log")
		snapshot.parent.mkdir(exist_ok=True)
		partial = snapshot.with_name(f"partial-{snapshot.name}")
		bench.frappe("backup", "--backup-path-db", str(partial), site=site)
		partial.replace(snapshot)
	# A new site's scheduler is off, whatever the snapshot says; `pause_scheduler` keeps it quiet (SITE_CONFIG).
	bench.frappe("scheduler", "enable", site=site)


def configure(bench: Bench, site: str, **values: object) -> None:
	"""Set values of the site's configuration; None removes one."""
	path = bench.sites / site / "site_config.json"
	config = {**json.loads(path.read_text()), **values}
	path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}, indent=1))


def install_app(bench: Bench, site: str) -> None:
	say(f"installing {APP} on {site} …")
	bench.frappe("install-app", APP, site=site)


def uninstall_app(bench: Bench, site: str) -> None:
	say(f"uninstalling {APP} from {site} …")
	bench.frappe("uninstall-app", APP, "--yes", "--no-backup", site=site)


def drop(bench: Bench, site: str) -> None:
	"""Remove a site, its database and its files."""
	if not (bench.sites / site / "site_config.json").exists():
		return
	bench.frappe("drop-site", site, "--no-backup", "--force", "--db-root-password", bench.root_password)
	for archive in bench.path.glob(f"archived/sites/{site}*"):
		shutil.rmtree(archive)


def schema(bench: Bench) -> str:
	"""Changes when a site must be migrated: DocTypes, fixtures, hooks, patches, setup data, or ERPNext itself."""
	app = ROOT / APP
	files = [
		*(path for path in app.rglob("*.json") if not {"integrations", "sandbox"} & set(path.parts)),
		*app.glob("setup/**/*.py"),
		*app.glob("patches/**/*.py"),
		*(app / name for name in ("hooks.py", "patches.txt", "modules.txt")),
	]
	versions = ", ".join(
		f"{name} {version}" for name, version in sorted(bench.versions.items()) if name != APP
	)
	return fingerprint(sorted(path for path in files if path.exists())) + " with " + versions


def desk(bench: Bench) -> str:
	"""Changes when a site's caches must be cleared: scripts and templates that are cached with the meta."""
	files = [path for kind in ("js", "html", "css", "csv") for path in (ROOT / APP).rglob(f"*.{kind}")]
	return fingerprint(sorted(path for path in files if "dist" not in path.parts))


def _snapshot(bench: Bench) -> Path:
	"""A database with ERPNext and the wizard done; another when ERPNext or the wizard's answers change."""
	key = f"{bench.versions['frappe']}-{bench.versions['erpnext']}-{date.today().year}-{fingerprint([WIZARD])[:8]}"
	return bench.keeps / f"erpnext-{key}.sql.gz"


class _Stamp:
	"""What we know of a site, kept in its folder."""

	def __init__(self, bench: Bench, site: str) -> None:
		self.path = bench.sites / site / f"{APP}.json"

	def read(self, key: str) -> object:
		try:
			return json.loads(self.path.read_text()).get(key)
		except (OSError, ValueError):
			return None

	def write(self, **values: object) -> None:
		known = json.loads(self.path.read_text()) if self.path.exists() else {}
		self.path.write_text(json.dumps({**known, **values}, indent=1))
