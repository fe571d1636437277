"""Tests that run in two processes: dealt out evenly, counted together, none lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import side_by_side
from tests.harness.report import Layer

REPORT = """<testsuites><testsuite tests="3"><testcase classname="tests.site.test_one" name="a" time="1.5"/>
<testcase classname="tests.site.test_one" name="b" time="2.5"/>
<testcase classname="tests.site.test_two" name="c" time="9"/></testsuite></testsuites>"""


@pytest.fixture
def files(tmp_path):
	paths = []
	for name, tests in (("test_long.py", 9), ("test_short.py", 1), ("test_middle.py", 4), ("test_new.py", 2)):
		paths.append(tmp_path / name)
		paths[-1].write_text("def test_x():\n\tpass\n" * tests)
	return paths


def test_every_file_is_in_one_part(files):
	groups = side_by_side.deal(files, {}, 2)
	assert sorted(path for group in groups for path in group) == sorted(files)
	assert [path.name for path in groups[0]] == ["test_long.py"]


def test_parts_are_even_by_what_was_measured(files):
	seconds = {"test_long.py": 10.0, "test_short.py": 9.0, "test_middle.py": 5.0, "test_new.py": 4.0}
	groups = side_by_side.deal(files, seconds, 2)
	sums = sorted(sum(seconds[path.name] for path in group) for group in groups)
	assert sums == [14.0, 14.0]


def test_one_part_for_one_file(files):
	assert side_by_side.deal(files[:1], {}, 2) == [files[:1]]


def test_seconds_are_kept_from_what_pytest_wrote(tmp_path):
	report, kept = tmp_path / "report.xml", tmp_path / "keeps" / "seconds.json"
	report.write_text(REPORT)
	side_by_side.write_seconds(kept, [report])
	assert side_by_side.read_seconds(kept) == {"test_one.py": 4.0, "test_two.py": 9.0}
	side_by_side.write_seconds(kept, [tmp_path / "missing.xml"])  # a run that broke off teaches nothing
	assert side_by_side.read_seconds(kept) == {"test_one.py": 4.0, "test_two.py": 9.0}
	assert side_by_side.read_seconds(tmp_path / "none.json") == {}


def test_results_are_counted_together():
	parts = [Layer("site", 5, 1, 2, 0, 10.0), Layer("site", 7, 0, 0, 1, 9.0, "pytest ended with status 3")]
	whole = side_by_side.together(parts, 11.0)
	assert (whole.passed, whole.failed, whole.skipped, whole.errors) == (12, 1, 2, 1)
	assert whole.seconds == 11.0 and "status 3" in whole.reason and not whole.good


def test_processes_follow_cores_and_the_environment(monkeypatch):
	monkeypatch.setattr(side_by_side.os, "cpu_count", lambda: 8)
	monkeypatch.delenv("TEST_PROCESSES", raising=False)
	assert side_by_side.number() == 2
	monkeypatch.setenv("TEST_PROCESSES", "1")
	assert side_by_side.number() == 1


def test_what_both_say_is_seen_and_both_statuses_are_told(capfd, tmp_path, monkeypatch):
	monkeypatch.setattr(side_by_side, "RESULTS", tmp_path)
	script = "import os, sys; print('I am', os.environ['WHO']); sys.exit(int(os.environ['STATUS']))"
	commands = [
		(["python3", "-c", script], Path(tmp_path), {"WHO": who, "STATUS": status})
		for who, status in (("one", "0"), ("two", "3"))
	]
	assert side_by_side.run(commands) == [0, 3]
	seen = capfd.readouterr().out
	assert "I am one" in seen and "I am two" in seen
