"""What cannot be taken back is not done a second time when nobody knows whether it was done."""

from __future__ import annotations

import frappe
import pytest
import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError

from crm_marketplace.triggers.actions import letters
from tests.site import triggers
from tests.site.triggers import action, make, run, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


def _never():
	return MaxRetryError(None, "/", ConnectTimeoutError(None, "no connection"))


def _answered(status: int) -> requests.Response:
	answer = requests.Response()
	answer.status_code = status
	return answer


@pytest.mark.parametrize(
	("error", "to", "attempts", "status"),
	[
		(requests.ReadTimeout("too slow"), ["42"], 1, "Uncertain"),
		(requests.ConnectionError("reset by peer"), ["42"], 1, "Uncertain"),
		(requests.ConnectTimeout(_never()), ["42"], 9, "Failed"),
		(requests.ConnectTimeout(_never()), ["42", "43"], 1, "Uncertain"),
		(requests.HTTPError(response=_answered(500)), ["42"], 1, "Uncertain"),
		(requests.HTTPError(response=_answered(400)), ["42"], 1, "Failed"),
		(requests.HTTPError(response=_answered(429)), ["42"], 9, "Failed"),
	],
	ids=["read timeout", "reset", "no connection", "no connection, two", "500", "400", "429"],
)
def test_a_message_is_not_sent_a_second_time_when_it_may_have_gone(
	site, monkeypatch, error, to, attempts, status
):
	calls = []

	def send(*args, **options):
		calls.append(args)
		raise error

	monkeypatch.setattr(letters, "messengers", lambda: {"Pigeon": "pigeon"})
	real = frappe.get_attr
	monkeypatch.setattr(frappe, "get_attr", lambda path: send if path == "pigeon" else real(path))
	people = [{"kind": "address", "value": one} for one in to]
	rule = make("Created", "ToDo", action("Send Message", channel="Pigeon", to=people, text="x"))
	todo()
	for _attempt in range(12):
		run()
		triggers.make_due()
	log = the_log(rule)
	assert (len(calls), log.status, log.actions[0].status) == (attempts, status, status)


def test_what_cannot_be_taken_back_is_not_repeated_for_want_of_an_answer(site, monkeypatch):
	calls = []

	def no_answer(self, settings, context):
		calls.append(1)
		raise requests.Timeout("nobody there")

	monkeypatch.setattr(letters.SendSms, "run", no_answer)
	rule = make("Created", "ToDo", action("Send SMS", to=[{"kind": "address", "value": "+7900"}], text="x"))
	todo()
	for _attempt in range(3):
		run()
		triggers.make_due()
	log = the_log(rule)
	assert (len(calls), log.status) == (1, "Uncertain")
	assert "may have been done" in log.reason and "nobody there" in log.reason_values
