"""The bench the site and browser layers run on: found, linked to this checkout, given what it lacks.

Everything is idempotent. The app in the bench becomes a link to this checkout; a fresh clone elsewhere
takes the link over. A real copy of the app that stands in the bench is never touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from tests.harness import APP, ROOT, Broken, Unavailable, services
from tests.harness.shell import answer, run, say, show_end_of

FRAPPE_MAJOR = "15"
FIRST_QUEUE, QUEUES = 8, 8  # databases of Redis, of 16, the queues of our sites are in
SCRIPTS = (".js", ".ts", ".vue")


@dataclass(frozen=True)
class Bench:
	"""A Frappe bench on this machine."""

	path: Path

	@property
	def sites(self) -> Path:
		return self.path / "sites"

	@property
	def python(self) -> Path:
		return self.path / "env" / "bin" / "python"

	@property
	def app(self) -> Path:
		"""Where this app stands in the bench."""
		return self.path / "apps" / APP

	@property
	def lock(self) -> Path:
		return self.path / "config" / f"{APP}.lock"

	@property
	def keeps(self) -> Path:
		"""What the harness keeps between runs: snapshots of databases."""
		return self.path / "config" / APP

	@property
	def config(self) -> dict:
		return json.loads((self.sites / "common_site_config.json").read_text())

	@cached_property
	def versions(self) -> dict[str, str]:
		"""Of the apps in the bench, read without importing them."""
		found = {}
		for init in sorted(self.path.glob("apps/*/*/__init__.py")):
			name = init.parent.name
			if name == init.parents[1].name:
				match = re.search(r'^__version__ = "(.+)"', init.read_text(encoding="utf-8"), re.MULTILINE)
				found[name] = match.group(1) if match else ""
		return found

	@property
	def root_password(self) -> str:
		return services.root_password(self.python, self.config)

	def environment(self, site: str) -> dict[str, str]:
		"""For processes that live on `site`: a queue of its own in Redis, so that no other worker of this bench
		takes its jobs, and our workers take no others'.
		"""
		queue = self.config.get("redis_queue") or ""
		if urlsplit(queue).path in ("", "/"):
			queue = f"{queue.rstrip('/')}/{FIRST_QUEUE + zlib.crc32(site.encode()) % QUEUES}" if queue else ""
		return {
			"CI": "",  # Frappe's workers take it for "in a test"
			"FRAPPE_BENCH": str(self.path),
			"FRAPPE_BENCH_ROOT": str(self.path),
			"FRAPPE_REDIS_QUEUE": queue,
			"TEST_SITE": site,
		}

	def frappe(self, *arguments: str, site: str | None = None) -> None:
		"""A bench command, run the way the bench CLI runs it (which need not be installed)."""
		chosen = ["--site", site] if site else []
		command = [self.python, "-m", "frappe.utils.bench_helper", "frappe", *chosen, *arguments]
		run(command, cwd=self.sites, env={"CI": ""}, log="bench.log")


def find() -> Bench:
	"""The bench named by FRAPPE_BENCH, or ~/frappe-bench.

	Raises:
		Unavailable: it is not there, or is not one this app can live on.
	"""
	path = Path(os.environ.get("FRAPPE_BENCH") or "~/frappe-bench").expanduser()
	bench = Bench(path.resolve())
	if not (path / "apps").is_dir():
		raise Unavailable(f"no bench at {path} (set FRAPPE_BENCH to one)")
	for app in ("frappe", "erpnext"):
		version = bench.versions.get(app)
		if version is None:
			raise Unavailable(f"the bench at {path} has no {app}")
		if version.split(".")[0] != FRAPPE_MAJOR:
			raise Unavailable(f"the bench at {path} has {app} {version}; this app needs {FRAPPE_MAJOR}")
	if not (bench.sites / "common_site_config.json").exists():
		raise Unavailable(f"the bench at {path} is not set up: it has no sites/common_site_config.json")
	if answer([bench.python, "-c", "import frappe; print(1)"], cwd=bench.sites) != "1":
		raise Unavailable(
			f"the bench at {path} has no working environment: env/bin/python cannot import frappe"
		)
	return bench


def prepare(bench: Bench, extras: tuple[str, ...]) -> None:
	"""Services up, this checkout linked in, requirements there.

	Args:
		extras: of pyproject.toml, installed into the bench's environment beside the app's own requirements.
	"""
	services.ensure(bench.path, bench.config)
	link(bench)
	install_requirements(bench, extras)
	link_assets(bench)


def link(bench: Bench) -> None:
	"""Make this checkout the bench's crm_marketplace.

	Raises:
		Unavailable: the bench holds a real copy of the app.
	"""
	if bench.app.is_symlink() or not bench.app.exists():
		if not bench.app.is_symlink() or bench.app.resolve() != ROOT:
			say(f"linking this checkout into {bench.path} …")
			bench.app.unlink(missing_ok=True)
			bench.app.symlink_to(ROOT)
	elif bench.app.resolve() != ROOT:
		raise Unavailable(f"{bench.app} is a copy of its own: run the tests there, or remove it")
	if _imported_from(bench) != ROOT:
		packages = Path(
			answer([bench.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
		)
		(packages / f"{APP}.pth").write_text(f"{bench.app}\n")
		if _imported_from(bench) != ROOT:
			raise Unavailable(f"the bench at {bench.path} imports {APP} from {_imported_from(bench)}")
	apps_file = bench.sites / "apps.txt"
	apps = apps_file.read_text().split()
	if APP not in apps:
		apps_file.write_text("\n".join([*apps, APP]) + "\n")


def _imported_from(bench: Bench) -> Path | None:
	command = f"import {APP}, pathlib; print(pathlib.Path({APP}.__file__).resolve().parents[1])"
	found = answer([bench.python, "-c", command], cwd=bench.sites)
	return Path(found) if found else None


def install_requirements(bench: Bench, extras: tuple[str, ...]) -> None:
	"""Install what pyproject.toml asks for and the bench's environment lacks.

	Raises:
		Unavailable: pip is missing, or a package cannot be had.
	"""
	missing = _missing(bench, extras)
	if not missing:
		return
	say(f"installing into the bench's environment: {', '.join(missing)} …")
	if answer([bench.python, "-m", "pip", "--version"]):
		install = [bench.python, "-m", "pip", "install", "--quiet"]
	elif uv := shutil.which("uv"):
		install = [uv, "pip", "install", "--quiet", "--python", bench.python]
	else:
		raise Unavailable(f"the bench's environment lacks {', '.join(missing)} and has no pip to get it with")
	try:
		run([*install, *missing], log="bench.log")
	except Broken as error:
		raise Unavailable(f"the bench's environment lacks {', '.join(missing)}: {error}") from error


def _missing(bench: Bench, extras: tuple[str, ...]) -> list[str]:
	script = ROOT / "tests" / "harness" / "missing_requirements.py"
	listed = answer([bench.python, script, ROOT / "pyproject.toml", *extras])
	if listed is None:
		raise Unavailable(
			f"the requirements of the bench's environment cannot be read; try {script.name} there"
		)
	return listed.splitlines()


def link_assets(bench: Bench) -> None:
	"""sites/assets/crm_marketplace leads to our public folder."""
	public, target = bench.app / APP / "public", bench.sites / "assets" / APP
	if public.is_dir() and target.resolve() != public.resolve():
		target.parent.mkdir(exist_ok=True)
		target.unlink(missing_ok=True)
		target.symlink_to(public)


def build_bundles(bench: Bench) -> None:
	"""Build the desk's bundles when their sources changed.

	Raises:
		Unavailable: there is no node or yarn.
		Broken: one cannot be built.
	"""
	public, stamp = bench.app / APP / "public", bench.sites / "assets" / f"{APP}.sha256"
	sources = [path for path in sorted(public.rglob("*")) if path.is_file() and "dist" not in path.parts]
	bundles = [path for path in sources if ".bundle." in path.name]
	digest = fingerprint(sources)
	if stamp.exists() and stamp.read_text() == digest and not _unbuilt(bench, bundles):
		return
	if not shutil.which("node") or not shutil.which("yarn"):
		raise Unavailable("the desk's bundles cannot be built: node or yarn is missing")
	say("building the desk's bundles …")
	shutil.rmtree(public / "dist", ignore_errors=True)
	bench.frappe("build", "--app", APP)
	if unbuilt := _unbuilt(bench, bundles):  # the build itself ends with status 0 whatever happens
		show_end_of("bench.log")
		raise Broken(f"{', '.join(unbuilt)} cannot be built; see .test-results/bench.log")
	stamp.write_text(digest)


def _unbuilt(bench: Bench, bundles: list[Path]) -> list[str]:
	"""Names of bundles that have no built file in the bench."""
	try:
		built = json.loads((bench.sites / "assets" / "assets.json").read_text())
	except (OSError, ValueError):
		built = {}
	names = [
		f"{path.name.split('.')[0]}.bundle.{'js' if path.suffix in SCRIPTS else 'css'}" for path in bundles
	]
	return [
		name for name in names if name not in built or not (bench.sites / built[name].lstrip("/")).exists()
	]


def fingerprint(paths: list[Path]) -> str:
	"""One hash over the contents and places of files."""
	whole = hashlib.sha256()
	for path in paths:
		whole.update(str(path).encode())
		whole.update(hashlib.sha256(path.read_bytes()).digest())
	return whole.hexdigest()
