"""Clock, limits, faults, journal, state: the generic parts of the sandbox."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.sandbox import pdf
from crm_marketplace.sandbox.clock import SECOND, Clock, from_micros, parse_rfc3339, rfc3339, to_micros
from crm_marketplace.sandbox.faults import Faults
from crm_marketplace.sandbox.files import Files
from crm_marketplace.sandbox.http import Request
from crm_marketplace.sandbox.journal import KEPT, Journal
from crm_marketplace.sandbox.limits import UNLIMITED, Limits, RateLimiter, Window
from crm_marketplace.sandbox.marketplace import marketplace, marketplaces
from crm_marketplace.sandbox.server import is_loopback
from crm_marketplace.sandbox.state import State

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc)


class TestClock:
	def test_a_frozen_clock_moves_on_command_only(self):
		clock = Clock(NOW)
		assert clock.now() == clock.now() == NOW
		assert clock.advance(90) == NOW + timedelta(seconds=90)
		clock.advance(timedelta(days=1))
		assert clock.now() == NOW + timedelta(days=1, seconds=90)

	def test_a_clock_that_runs_may_be_ahead(self):
		clock = Clock(ahead=timedelta(days=3))
		assert clock.ahead == timedelta(days=3)
		clock.advance(timedelta(days=4))
		assert clock.ahead == timedelta(days=7)
		assert clock.now().tzinfo is timezone.utc

	def test_a_moment_of_another_zone_is_the_same_moment(self):
		assert Clock(NOW.astimezone(timezone(timedelta(hours=3)))).now() == NOW

	@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc)))
	def test_moments_survive_the_way_there_and_back(self, moment):
		assert from_micros(to_micros(moment)) == moment
		assert parse_rfc3339(rfc3339(to_micros(moment), "microseconds")) == to_micros(moment)

	@pytest.mark.parametrize(
		"text, micros",
		[
			("1970-01-01T00:00:01Z", SECOND),
			("1970-01-01T03:00:01+03:00", SECOND),
			("1970-01-01T00:00:01.5Z", SECOND * 3 // 2),
			("1970-01-01T00:00:01.123456789Z", 1_123_456),
			("1970-01-01t00:00:01z", SECOND),
		],
	)
	def test_moments_are_read(self, text, micros):
		assert parse_rfc3339(text) == micros

	@pytest.mark.parametrize(
		"text", ["", "yesterday", "2026-05-04", "2026-05-04T06:44:37", "2026-13-01T00:00:00Z"]
	)
	def test_what_is_no_moment_is_refused(self, text):
		with pytest.raises(ValueError):
			parse_rfc3339(text)

	def test_none_stays_none(self):
		assert rfc3339(None) is None


class TestRateLimiter:
	windows = (Window("all", 3, 1), Window("push", 4, 60))

	def test_what_is_too_much_has_to_wait_for_the_oldest(self):
		limiter = RateLimiter(Limits())
		assert [limiter.take("a", self.windows, place * 100_000) for place in range(3)] == [
			(0.0, 2),
			(0.0, 1),
			(0.0, 0),
		]
		assert limiter.take("a", self.windows, 400_000) == (0.6, 0)
		assert limiter.take("b", self.windows, 400_000)[0] == 0.0
		assert limiter.take("a", self.windows, SECOND)[0] == 0.0
		assert limiter.take("a", self.windows, 50 * SECOND) == (10.0, 0)
		assert limiter.take("a", self.windows, 60 * SECOND)[0] == 0.0

	def test_a_refused_request_costs_nothing(self):
		limiter = RateLimiter(Limits())
		for _ in range(10):
			limiter.take("a", self.windows, 0)
		assert limiter.take("a", self.windows, SECOND)[0] == 0.0

	def test_periods_can_be_scaled_and_switched_off(self):
		quick = RateLimiter(Limits(scale=0.1))
		assert [quick.take("a", self.windows, 0)[0] for _ in range(4)] == [0.0, 0.0, 0.0, 0.1]
		off = RateLimiter(UNLIMITED)
		assert {off.take("a", self.windows, 0)[0] for _ in range(100)} == {0.0}
		assert UNLIMITED.micros(30) == 0

	def test_cleared_it_begins_again(self):
		limiter = RateLimiter(Limits())
		for _ in range(3):
			limiter.take("a", self.windows, 0)
		limiter.clear()
		assert limiter.take("a", self.windows, 0)[0] == 0.0


class TestFaults:
	def test_a_fault_strikes_as_often_as_asked(self):
		faults = Faults()
		faults.add("500", path="/v*/list", times=2, skip=1)
		struck = [bool(faults.take("/v1/list", None)) for _ in range(5)]
		assert struck == [False, True, True, False, False]
		assert faults.waiting() == []

	def test_a_fault_strikes_its_path_and_shop_only(self):
		faults = Faults()
		faults.add("500", path="/a", shop="first")
		assert not faults.take("/b", "first")
		assert not faults.take("/a", "second")
		assert faults.take("/a", "first").kind == "500"

	def test_faults_wait_their_turn(self):
		faults = Faults()
		faults.add("500")
		faults.add("timeout", seconds=3)
		assert faults.take("/a", None).kind == "500"
		assert faults.take("/a", None).seconds == 3

	def test_a_fault_that_found_nothing_to_spoil_waits_on(self):
		faults = Faults()
		fault = faults.add("bad_record")
		faults.give_back(faults.take("/a", None))
		assert faults.waiting() == [fault]
		assert faults.take("/a", None) is fault

	@pytest.mark.parametrize("settings", [{"kind": "earthquake"}, {"kind": "500", "times": 0}])
	def test_what_makes_no_sense_is_refused(self, settings):
		with pytest.raises(ValueError):
			Faults().add(**settings)


class TestJournal:
	def add(self, journal, path):
		facts = {"at": "", "shop": None, "method": "POST", "query": "", "status": 200, "fault": None}
		return journal.add(request=b"{}", answer=b"[]", path=path, **facts)

	def test_it_counts_for_ever_and_remembers_the_last(self):
		journal = Journal()
		for _ in range(KEPT + 5):
			self.add(journal, "/a")
		self.add(journal, "/b")
		assert (journal.count(), journal.count("/a"), journal.count("/b")) == (KEPT + 6, KEPT + 5, 1)
		assert [exchange.path for exchange in journal.last(limit=2)] == ["/a", "/b"]
		assert journal.last("/b")[0].number == KEPT + 6
		journal.clear()
		assert journal.count() == 0 and journal.last() == []

	def test_listeners_are_told_everything(self):
		journal, heard = Journal(), []
		journal.listeners.append(lambda *facts: heard.append(facts))
		exchange = self.add(journal, "/a")
		assert heard == [(exchange, b"{}", b"[]")]


class TestState:
	schema = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"

	def test_all_or_nothing(self):
		state = State(":memory:", self.schema)
		with pytest.raises(KeyError), state.transaction():
			state.insert("thing", name="a")
			with state.transaction():
				state.insert("thing", name="b")
			raise KeyError("stop")
		assert state.all("SELECT * FROM thing") == []

	def test_a_file_is_continued(self, tmp_path):
		path = tmp_path / "shop.sqlite"
		first = State(path, self.schema)
		assert first.is_new
		first.insert("thing", name="a")
		first.remember(colour={"of": ["the", "shop"]})
		first.close()
		second = State(path, self.schema)
		assert not second.is_new
		assert second.value("SELECT name FROM thing") == "a"
		assert second.meta("colour") == {"of": ["the", "shop"]}
		assert second.meta("smell", "none") == "none"
		second.close()

	def test_a_file_of_another_version_is_refused(self, tmp_path):
		path = tmp_path / "shop.sqlite"
		State(path, self.schema).close()
		with pytest.raises(ValueError, match="another version"):
			State(path, self.schema + "CREATE TABLE more (id INTEGER);")

	def test_cleared_it_is_new(self):
		state = State(":memory:", self.schema)
		state.insert_many("thing", ("name",), (("a",), ("b",)))
		state.clear()
		assert state.is_new and state.all("SELECT * FROM thing") == []


def test_marketplaces_are_found_by_their_folder():
	for name, cls in marketplaces().items():
		assert cls.name == name
		assert marketplace(name.lower()).name == name
	with pytest.raises(LookupError, match="there is one for"):
		marketplace("Nowhere")


@pytest.mark.parametrize(
	"address, expected",
	[
		("127.0.0.1", True),
		("127.8.8.8", True),
		("::1", True),
		("localhost", True),
		("::1%lo", True),
		("192.168.0.1", False),
		("10.0.0.1", False),
		("localhost.example.com", False),
		("", False),
	],
)
def test_this_machine_is_told_from_others(address, expected):
	assert is_loopback(address) is expected


# --- files -------------------------------------------------------------------------------------------


def test_a_document_is_a_pdf_with_a_page_for_each_label():
	content = pdf.document([["0123-0001-1", "Box (1)"], ["0123-0002-1"]])
	assert content.startswith(b"%PDF-1.4\n") and content.endswith(b"%%EOF\n")
	assert content.count(b"/Type /Page ") == 2 and b"/Count 2" in content
	assert b"(Box \\(1\\)) Tj" in content
	table = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
	assert content[table:].startswith(b"xref\n")
	offsets = [int(line[:10]) for line in content[table:].splitlines()[3:10]]
	assert [content[offset:].split(b" ")[0] for offset in offsets] == [b"%d" % n for n in range(1, 8)]
	with pytest.raises(ValueError):
		pdf.document([])


def test_a_link_leads_to_its_file_without_a_key_and_from_another_host():
	files = Files("http://127.0.0.1:8123")
	link = files.publish("labels.pdf", b"%PDF", "application/pdf")
	assert link == files.publish("labels.pdf", b"%PDF", "application/pdf")
	parts = urlsplit(link)
	assert parts.netloc == "localhost:8123"

	def ask(path: str, **headers: str) -> int:
		return files.answer(Request("GET", path, {}, headers, b"", "127.0.0.1")).status

	assert ask(parts.path) == 200
	assert ask(parts.path, Authorization="Bearer 1") == 400
	assert ask(parts.path + "x") == 404
	assert files.asked == [{}, {"Authorization": "Bearer 1"}, {}]
