"""A run is reported as it was: nothing that failed looks like something that passed."""

from __future__ import annotations

import json

import pytest

from tests.harness import report
from tests.harness.report import Layer, read_junit


@pytest.fixture
def junit(tmp_path):
	def write(tests=0, failures=0, errors=0, skipped=0):
		path = tmp_path / "junit.xml"
		counts = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
		path.write_text(f"<testsuites><testsuite {counts}/></testsuites>")
		return path

	return write


def test_counts_come_from_the_junit_file(junit):
	layer = read_junit("unit", junit(tests=10, failures=2, errors=1, skipped=3), status=1, seconds=4.0)
	assert (layer.passed, layer.failed, layer.errors, layer.skipped) == (4, 2, 1, 3)
	assert not layer.good


def test_all_passed_is_good(junit):
	layer = read_junit("unit", junit(tests=7), status=0, seconds=1.0)
	assert layer.good and layer.line().split()[1:3] == ["7", "passed,"]


def test_no_tests_is_a_reason_and_no_failure(tmp_path):
	layer = read_junit("site", tmp_path / "none.xml", status=5, seconds=0.1)
	assert layer.good and layer.line().endswith("skipped: no tests")


@pytest.mark.parametrize("status", [2, 3, 4, -9])
def test_a_pytest_that_broke_is_an_error(tmp_path, status):
	layer = read_junit("site", tmp_path / "none.xml", status=status, seconds=0.1)
	assert not layer.good and layer.errors == 1


def test_a_pytest_killed_after_its_file_was_written_is_an_error(junit):
	layer = read_junit("site", junit(tests=5), status=-9, seconds=0.1)
	assert not layer.good and layer.passed == 5


def test_failing_status_without_a_failed_test_is_an_error(junit):
	assert not read_junit("site", junit(tests=5), status=1, seconds=0.1).good


def test_what_failed_is_told_at_the_end_with_its_message_and_place(tmp_path, capsys):
	path = tmp_path / "junit.xml"
	path.write_text(
		"""<testsuites><testsuite tests="2" failures="1" errors="0" skipped="0">
		<testcase classname="tests.site.test_crash" name="test_two"><failure message="assert 22.0 == 21.0&#10;more">
def test_two():
tests/site/test_crash.py:60: AssertionError</failure></testcase>
		<testcase classname="tests.site.test_crash" name="test_one"/></testsuite></testsuites>"""
	)

	report.tell([read_junit("site", path, status=1, seconds=1.0)])

	first, *_others = [line for line in capsys.readouterr().out.splitlines() if line]
	assert first == (
		"FAILED tests.site.test_crash::test_two: assert 22.0 == 21.0 more (site/test_crash.py:60)"
	)


def test_a_broken_layer_is_not_called_skipped():
	assert "skipped: " not in Layer("site", errors=1, reason="`bench migrate` failed").line()


@pytest.fixture
def file(tmp_path, monkeypatch):
	path = tmp_path / "report.json"
	monkeypatch.setattr(report, "REPORT", path)
	monkeypatch.setattr(report, "answer", lambda *args, **kwargs: "c0ffee")
	return path


def test_report_has_commit_and_layers(file):
	report.write([Layer("unit", passed=3, seconds=1.26), Layer("site", reason="no bench")])
	written = json.loads(file.read_text())
	assert written["commit"] == "c0ffee"
	assert written["layers"]["unit"] == {"passed": 3, "failed": 0, "skipped": 0, "errors": 0, "seconds": 1.3}
	assert written["layers"]["site"]["reason"] == "no bench"


def test_a_run_of_one_layer_keeps_the_others_of_the_same_commit(file):
	report.write([Layer("unit", passed=3), Layer("site", passed=2)])
	report.write([Layer("unit", passed=4)])
	layers = json.loads(file.read_text())["layers"]
	assert (layers["unit"]["passed"], layers["site"]["passed"]) == (4, 2)


def test_layers_of_another_commit_are_forgotten(file):
	file.write_text(json.dumps({"commit": "older", "layers": {"site": {"passed": 9}}}))
	report.write([Layer("unit", passed=4)])
	assert list(json.loads(file.read_text())["layers"]) == ["unit"]


def test_a_report_that_is_not_one_is_replaced(file):
	file.write_text("[]")
	report.write([Layer("unit", passed=4)])
	assert json.loads(file.read_text())["layers"]["unit"]["passed"] == 4


def test_the_last_line_adds_up(capsys):
	report.tell([Layer("unit", passed=3, skipped=1), Layer("site", errors=1, failed=2, reason="x")])
	assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 3 failed, 1 skipped"
