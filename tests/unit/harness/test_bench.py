"""What a bench must be, and what is done to it."""

from __future__ import annotations

import json
import re

import pytest

from tests.harness import Unavailable, bench
from tests.harness.bench import Bench


@pytest.fixture
def folder(tmp_path, monkeypatch):
	monkeypatch.setenv("FRAPPE_BENCH", str(tmp_path))
	return tmp_path


def add_app(folder, name, version):
	init = folder / "apps" / name / name / "__init__.py"
	init.parent.mkdir(parents=True)
	init.write_text(f'__version__ = "{version}"\n')


def reason() -> str:
	with pytest.raises(Unavailable) as caught:
		bench.find()
	return str(caught.value)


def test_no_bench(folder):
	assert reason().startswith(f"no bench at {folder}")


def test_a_bench_without_erpnext(folder):
	add_app(folder, "frappe", "15.1.0")
	assert "has no erpnext" in reason()


def test_another_major_version(folder):
	add_app(folder, "frappe", "16.0.1")
	add_app(folder, "erpnext", "16.0.0")
	assert "has frappe 16.0.1; this app needs 15" in reason()


def test_a_bench_that_is_not_set_up(folder):
	add_app(folder, "frappe", "15.1.0")
	add_app(folder, "erpnext", "15.1.0")
	assert "not set up" in reason()


def test_a_bench_whose_python_is_gone(folder):
	add_app(folder, "frappe", "15.1.0")
	add_app(folder, "erpnext", "15.1.0")
	(folder / "sites").mkdir()
	(folder / "sites" / "common_site_config.json").write_text("{}")
	assert "no working environment" in reason()


@pytest.fixture
def linked(tmp_path, monkeypatch):
	for part in ("apps", "sites", "env"):
		(tmp_path / part).mkdir()
	(tmp_path / "sites" / "apps.txt").write_text("frappe\nerpnext")
	there = Bench(tmp_path)
	monkeypatch.setattr(bench, "answer", lambda *args, **kwargs: str(tmp_path / "env"))
	places = iter([None, bench.ROOT, bench.ROOT])
	monkeypatch.setattr(bench, "_imported_from", lambda _bench: next(places))
	return there


def test_the_checkout_is_linked_and_listed(linked):
	bench.link(linked)
	assert linked.app.resolve() == bench.ROOT
	assert (linked.sites / "apps.txt").read_text().split() == ["frappe", "erpnext", "crm_marketplace"]
	assert (linked.path / "env" / "crm_marketplace.pth").read_text() == f"{linked.app}\n"


def test_a_link_to_another_checkout_is_taken_over(linked, tmp_path):
	(tmp_path / "elsewhere").mkdir()
	linked.app.symlink_to(tmp_path / "elsewhere")
	bench.link(linked)
	assert linked.app.resolve() == bench.ROOT


def test_a_real_copy_of_the_app_is_left_alone(linked):
	linked.app.mkdir()
	with pytest.raises(Unavailable, match="a copy of its own"):
		bench.link(linked)
	assert linked.app.is_dir() and not linked.app.is_symlink()


def test_bundles_without_a_built_file_are_named(tmp_path):
	(tmp_path / "sites" / "assets" / "dist").mkdir(parents=True)
	(tmp_path / "sites" / "assets" / "dist" / "a.js").touch()
	built = {"a.bundle.js": "/assets/dist/a.js", "b.bundle.css": "/assets/dist/gone.css"}
	(tmp_path / "sites" / "assets" / "assets.json").write_text(json.dumps(built))
	sources = [tmp_path / name for name in ("a.bundle.js", "b.bundle.scss", "c.bundle.js")]
	assert bench._unbuilt(Bench(tmp_path), sources) == ["b.bundle.css", "c.bundle.js"]


@pytest.mark.parametrize(
	("queue", "expected"),
	[
		("redis://127.0.0.1:11000", r"redis://127\.0\.0\.1:11000/(8|9|1[0-5])"),
		("redis://127.0.0.1:11000/", r"redis://127\.0\.0\.1:11000/(8|9|1[0-5])"),
		("redis://queue:6379/3", r"redis://queue:6379/3"),
	],
)
def test_a_site_has_a_queue_of_its_own(tmp_path, queue, expected):
	(tmp_path / "sites").mkdir()
	(tmp_path / "sites" / "common_site_config.json").write_text(json.dumps({"redis_queue": queue}))
	environment = Bench(tmp_path).environment("a.localhost")
	assert re.fullmatch(expected, environment["FRAPPE_REDIS_QUEUE"])
	assert environment == Bench(tmp_path).environment("a.localhost")
