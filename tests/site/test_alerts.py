"""Silence is a fault: whoever looks after a shop hears of it, once."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest

from crm_marketplace.marketplace import api
from crm_marketplace.setup.roles import MANAGER
from crm_marketplace.sync import alerts, clock
from crm_marketplace.sync.runs import Run, interrupted_runs
from tests.harness.committing import commit
from tests.harness.users import make_user
from tests.site import builders


@pytest.fixture
def manager(user_with_role) -> str:
	return user_with_role(MANAGER)


@pytest.fixture
def shop(open_shop) -> str:
	"""A shop that is switched on and whose streams have all had a success a moment ago."""
	shop = open_shop(enabled=1)
	frappe.db.set_value("Marketplace Stream", {"shop": shop}, {"last_success_at": clock.site_now()})
	commit()
	return shop


def keep_silent(shop: str, stream: str, **ago) -> None:
	"""The stream's last success was so long ago."""
	frappe.db.set_value(
		"Marketplace Stream",
		{"shop": shop, "stream": stream},
		{"last_success_at": clock.site_now() - timedelta(**ago)},
	)


def notices(shop: str, user: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Notification Log",
		filters={"document_type": "Marketplace Shop", "document_name": shop, "for_user": user},
		fields=["subject", "email_content", "type"],
	)


def emails(shop: str) -> list[str]:
	"""Addresses e-mails about the shop are queued for."""
	queue = frappe.get_all(
		"Email Queue", filters={"reference_doctype": "Marketplace Shop", "reference_name": shop}, pluck="name"
	)
	return frappe.get_all(
		"Email Queue Recipient", filters={"parent": ("in", queue or [""])}, pluck="recipient"
	)


@pytest.fixture
def outgoing_account(site):
	"""An account e-mails go out from. Nothing is sent: the test site mutes them."""
	# A run that was stopped half-way may have left it.
	frappe.db.delete("Email Account", {"email_account_name": "Test outgoing"})
	doc = frappe.get_doc(
		doctype="Email Account",
		email_account_name="Test outgoing",
		email_id="shop@example.com",
		enable_outgoing=1,
		default_outgoing=1,
		smtp_server="localhost",
		no_smtp_authentication=1,
	)
	doc.insert()


# --- silent streams --------------------------------------------------------------------------------


def test_a_stream_without_success_for_too_long_is_told_to_the_managers(shop, manager):
	keep_silent(shop, "orders", hours=2)

	alerts.check_silence()

	(notice,) = notices(shop, manager)
	assert notice.subject.startswith(f"{shop}: nothing from “Orders” since")
	assert "scheduler" in notice.email_content
	assert notice.type == "Alert"


def test_the_reason_is_told_where_it_is_known(shop, manager):
	keep_silent(shop, "orders", hours=2)
	reason = "The marketplace does not know this API key."
	frappe.db.set_value("Marketplace Stream", {"shop": shop, "stream": "orders"}, "last_error", reason)

	alerts.check_silence()

	assert notices(shop, manager)[0].email_content == reason


def test_it_is_told_once_until_the_stream_recovers(sandbox, open_shop, manager):
	shop = open_shop(sandbox, enabled=1)
	builders.run(shop, "listings")
	frappe.db.set_value("Marketplace Stream", {"shop": shop}, {"last_success_at": clock.site_now()})
	for _ in range(2):
		keep_silent(shop, "listings", days=3)
		for _ in range(3):
			alerts.check_silence()
		builders.run(shop, "listings")

	assert len(notices(shop, manager)) == 2


@pytest.mark.parametrize(
	("stream", "ago", "silent"),
	[
		("orders", {"minutes": 29}, False),  # five intervals of five minutes, but half an hour at least
		("orders", {"minutes": 31}, True),
		("listings", {"hours": 29}, False),
		("listings", {"hours": 31}, True),
		("reconciliation", {"days": 4}, False),
		("reconciliation", {"days": 6}, True),
	],
)
def test_how_long_is_too_long_depends_on_the_interval(shop, stream, ago, silent):
	keep_silent(shop, stream, **ago)

	found = [row.stream for row in alerts.silent_streams(5) if row.shop == shop]

	assert found == ([stream] if silent else [])


def test_a_stream_that_never_had_a_success_is_silent_from_when_it_was_to_start(shop):
	row = {"shop": shop, "stream": "orders"}
	frappe.db.set_value("Marketplace Stream", row, {"last_success_at": None})
	assert shop not in [found.shop for found in alerts.silent_streams(5)]

	long_ago = clock.site_now() - timedelta(hours=2)
	frappe.db.set_value("Marketplace Stream", row, {"next_run_at": long_ago, "creation": long_ago})

	assert shop in [found.shop for found in alerts.silent_streams(5)]


def test_a_shop_that_is_switched_off_is_not_silent(shop, manager):
	keep_silent(shop, "orders", days=3)
	builders.change_shop(shop, enabled=0)

	alerts.check_silence()

	assert notices(shop, manager) == []


def test_the_health_of_a_silent_shop_says_which_stream_and_why(shop):
	keep_silent(shop, "orders", hours=2)
	reason = "The marketplace does not know this API key."
	frappe.db.set_value("Marketplace Stream", {"shop": shop, "stream": "orders"}, "last_error", reason)

	health = api.shop_health(shop)

	assert health["health"] == "Bad"
	assert health["sentence"] == f"Nothing from “Orders” for too long. {reason}"
	assert {row["stream"]: row["state"] for row in health["streams"]}["orders"] == "silent"


# --- whom ------------------------------------------------------------------------------------------


def set_recipients(*rows: dict) -> None:
	settings = frappe.get_doc("Marketplace Settings")
	settings.set("alert_recipients", list(rows))
	settings.save()


def test_those_the_settings_name_are_told_instead_of_the_managers(shop, manager):
	chosen = make_user(["Sales User"], email="watchman@example.com")
	set_recipients({"user": chosen, "notify_by_email": 0})
	keep_silent(shop, "orders", hours=2)

	alerts.check_silence()

	assert (len(notices(shop, chosen)), notices(shop, manager)) == (1, [])


def test_without_a_manager_the_managers_of_the_system_are_told(monkeypatch):
	monkeypatch.setattr(
		alerts, "get_users_with_role", lambda role: {"System Manager": ["admin@example.com"]}.get(role, [])
	)

	assert alerts.recipients()[0] == ["admin@example.com"]


def test_an_email_goes_out_where_an_account_for_it_exists(shop, manager, outgoing_account):
	keep_silent(shop, "orders", hours=2)

	alerts.check_silence()

	assert manager in emails(shop)


@pytest.fixture
def no_outgoing_account(site):
	"""As the test site is, whatever a run that was stopped half-way left on it."""
	frappe.db.delete("Email Account", {"email_account_name": "Test outgoing"})


@pytest.mark.usefixtures("no_outgoing_account")
def test_without_an_account_no_email_is_tried(shop, manager):
	assert not frappe.db.exists("Email Account", {"default_outgoing": 1})
	keep_silent(shop, "orders", hours=2)

	alerts.check_silence()

	assert (len(notices(shop, manager)), emails(shop)) == (1, [])


def test_only_those_who_want_it_get_an_email(shop, outgoing_account):
	loud, quiet = (make_user(["Sales User"], email=f"{name}@example.com") for name in ("loud", "quiet"))
	set_recipients({"user": loud, "notify_by_email": 1}, {"user": quiet, "notify_by_email": 0})
	keep_silent(shop, "orders", hours=2)

	alerts.check_silence()

	assert emails(shop) == [loud]
	assert len(notices(shop, quiet)) == 1


# --- runs whose worker died ------------------------------------------------------------------------


@pytest.fixture
def started(shop) -> str:
	"""A run that began twenty minutes ago and has said nothing since."""
	run = Run(shop, "orders")
	run.start()
	frappe.db.set_value(
		"Marketplace Sync Log",
		run.log,
		"modified",
		clock.site_now() - timedelta(minutes=20),
		update_modified=False,
	)
	commit()
	return run.log


def test_a_run_whose_worker_died_is_marked(started):
	alerts.check_silence()

	log = frappe.get_doc("Marketplace Sync Log", started)
	assert log.status == "Interrupted"
	assert log.ended_at
	assert log.summary == "The worker stopped in the middle; the next run went on from there."


def test_a_run_that_still_holds_its_lock_is_not_marked(shop, started):
	with builders.lock_of_another_worker(shop, "orders"):
		interrupted_runs()

	assert frappe.db.get_value("Marketplace Sync Log", started, "status") == "Running"


def test_a_run_that_began_a_moment_ago_is_not_marked(shop):
	run = Run(shop, "orders")
	run.start()

	interrupted_runs()

	assert frappe.db.get_value("Marketplace Sync Log", run.log, "status") == "Running"


def test_what_an_interrupted_run_did_is_counted(shop, started):
	orders = [builders.make_order(builders.line(builders.make_goods(shop))) for _ in range(2)]
	held = builders.make_order(builders.line("unknown"))
	builders.store_page(
		builders.get_shop(shop), [builders.fetched(order) for order in (*orders, held)], started
	)
	run = Run(shop, "orders", log=started)
	builders.process.process_pending(builders.get_shop(shop), run)

	interrupted_runs(quiet_for=timedelta(minutes=10))

	log = frappe.get_doc("Marketplace Sync Log", started)
	assert (log.stored, log.created_count, log.held) == (3, 2, 1)
