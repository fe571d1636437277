"""The breaker of a shop: opens after repeated failures, pauses, probes, closes by itself."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest

from crm_marketplace.marketplace import api
from crm_marketplace.setup.roles import MANAGER
from crm_marketplace.sync import breaker, clock, jobs
from tests.harness.committing import commit
from tests.site import builders

THRESHOLD = 5  # of the settings as installed
PAUSE = timedelta(minutes=5)


@pytest.fixture
def shop(sandbox, open_shop) -> str:
	return open_shop(sandbox)


@pytest.fixture
def manager(user_with_role) -> str:
	return user_with_role(MANAGER)


def state(shop: str) -> frappe._dict:
	return frappe.db.get_value("Marketplace Shop", shop, ["modified", *breaker.FIELDS], as_dict=True)


def fail(sandbox, shop: str, times: int = THRESHOLD, fault: str = "503") -> None:
	for _ in range(times):
		sandbox.fault(fault, path="/v3/product/list")
		builders.run(shop, "listings")


def end_pause(shop: str) -> None:
	frappe.db.set_value("Marketplace Shop", shop, "breaker_until", clock.site_now() - timedelta(seconds=1))
	commit()


def notices(shop: str, user: str) -> list[str]:
	return frappe.get_all(
		"Notification Log", filters={"document_name": shop, "for_user": user}, pluck="subject"
	)


def test_it_stays_closed_while_failures_are_few(sandbox, shop):
	fail(sandbox, shop, THRESHOLD - 1)
	assert (state(shop).breaker_state, state(shop).breaker_failures) == ("Closed", THRESHOLD - 1)

	builders.run(shop, "listings")

	assert state(shop).breaker_failures == 0, "one success and they are forgotten"


def test_it_opens_after_repeated_failures_and_tells_once(sandbox, shop, manager):
	before = clock.site_now()

	fail(sandbox, shop)

	found = state(shop)
	assert found.breaker_state == "Open"
	assert before + PAUSE <= found.breaker_until <= clock.site_now() + PAUSE
	assert found.breaker_reason == "The marketplace does not answer at the moment."
	assert notices(shop, manager) == [f"{shop} is paused: The marketplace does not answer at the moment."]
	health = api.shop_health(shop)
	assert health["health"] == "Paused"
	assert health["sentence"].startswith("Paused until")


def test_an_open_form_is_not_disturbed_by_it(sandbox, shop):
	before = state(shop).modified

	fail(sandbox, shop)

	assert state(shop).modified == before


def test_nothing_is_asked_while_it_is_open(sandbox, shop):
	fail(sandbox, shop)
	sandbox.journal.clear()

	for stream in ("orders", "listings", "stock"):
		assert builders.run(shop, stream) is None

	assert sandbox.journal.count() == 0
	assert builders.stream_row(shop, "orders").next_run_at == state(shop).breaker_until


def test_the_button_says_that_the_shop_is_paused_and_why(sandbox, shop):
	fail(sandbox, shop)

	with pytest.raises(frappe.ValidationError, match="does not answer at the moment"):
		api.sync_now(shop)


def test_a_refused_key_opens_it_sooner(sandbox, shop):
	builders.change_key(shop, {**sandbox.credentials, "api_key": "00000000-0000-0000-0000-000000000000"})

	for _ in range(breaker.AUTHENTICATION_FAILURES):
		builders.run(shop, "orders")

	assert state(shop).breaker_state == "Open"


@pytest.mark.parametrize("fault", ["html", "429", "missing_role"])
def test_what_is_no_outage_does_not_open_it(sandbox, shop, fault):
	fail(sandbox, shop, THRESHOLD + 1, fault)

	assert state(shop).breaker_state == "Closed"


def test_one_run_probes_after_the_pause_and_closes_it(sandbox, shop):
	fail(sandbox, shop)
	assert builders.run(shop, "orders") is None
	end_pause(shop)

	assert builders.run(shop, "listings").status == "Success"

	found = state(shop)
	assert (found.breaker_state, found.breaker_failures, found.breaker_until) == ("Closed", 0, None)
	assert api.shop_health(shop)["health"] != "Paused"


def test_streams_that_were_put_off_go_on_when_it_closes(sandbox, shop):
	fail(sandbox, shop)
	until = state(shop).breaker_until
	builders.run(shop, "orders")
	end_pause(shop)
	frappe.db.set_value("Marketplace Shop", shop, "breaker_until", until - PAUSE)
	frappe.db.set_value(
		"Marketplace Stream", {"shop": shop, "stream": "orders"}, "next_run_at", until - PAUSE
	)
	probe_began = breaker.may_run(shop)
	assert probe_began and builders.run(shop, "orders") is None, "another one waits for the probe"
	waiting_until = builders.stream_row(shop, "orders").next_run_at

	breaker.record_success(shop)

	assert waiting_until > clock.site_now()
	assert builders.stream_row(shop, "orders").next_run_at <= clock.site_now()


def test_only_one_worker_probes(sandbox, shop):
	fail(sandbox, shop)
	end_pause(shop)

	assert [breaker.may_run(shop) for _ in range(3)] == [True, False, False]


def test_a_probe_that_died_is_followed_by_another(sandbox, shop):
	fail(sandbox, shop)
	end_pause(shop)
	assert breaker.may_run(shop)
	assert not breaker.may_run(shop)

	end_pause(shop)

	assert breaker.may_run(shop)


def test_a_probe_that_fails_doubles_the_pause_and_tells_nobody_again(sandbox, shop, manager):
	fail(sandbox, shop)
	for times in (2, 4, 8):
		end_pause(shop)
		before = clock.site_now()
		fail(sandbox, shop, 1)
		found = state(shop)
		assert found.breaker_state == "Open"
		assert before + times * PAUSE <= found.breaker_until <= clock.site_now() + times * PAUSE
	assert len(notices(shop, manager)) == 1


def test_the_pause_has_a_longest(sandbox, shop):
	fail(sandbox, shop)
	for _ in range(8):
		end_pause(shop)
		fail(sandbox, shop, 1)

	assert state(shop).breaker_until <= clock.site_now() + breaker.LONGEST_PAUSE


def test_a_person_may_say_that_it_is_mended(sandbox, shop):
	fail(sandbox, shop)

	api.resume_shop(shop)

	assert state(shop).breaker_state == "Closed"
	assert builders.run(shop, "listings").status == "Success"


def test_a_connection_that_works_again_closes_it(sandbox, shop):
	fail(sandbox, shop)

	assert api.test_connection(shop)["status"] == "Working"

	assert state(shop).breaker_state == "Closed"


def test_other_shops_go_on(sandbox, shop, open_shop):
	fail(sandbox, shop)

	assert builders.run(open_shop(sandbox), "listings").status == "Success"


def test_a_run_the_button_announced_before_the_pause_ends_with_the_reason(sandbox, shop, queued):
	((started,),) = api.sync_now(shop, "orders").values()
	fail(sandbox, shop)

	assert jobs.run_stream(**queued[0]) is None

	log = frappe.get_doc("Marketplace Sync Log", started["name"])
	assert (log.status, log.summary) == (
		"Interrupted",
		"The shop is paused, so nothing was asked of the marketplace.",
	)
