from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from crm_marketplace import __version__
from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.webhooks import id_in, introduction, read_notification


def test_kind_and_fields():
	kind, data = read_notification('{"kind": "НОВЫЙ", "id": 17}'.encode(), "kind")
	assert (kind, dict(data)) == ("НОВЫЙ", {"kind": "НОВЫЙ", "id": 17})


@pytest.mark.parametrize(
	"body",
	[b"", b"hello", b"[]", b'"PING"', b"{}", b'{"kind": 1}', b'{"kind": ""}', b"\xff\xfe", b"[" * 10_000],
)
def test_what_is_no_notification(body):
	with pytest.raises(ContractError, match="not a notification"):
		read_notification(body, "kind")


@pytest.mark.parametrize(
	("value", "text"), [(17, "17"), ("17", "17"), ("0184526630-0112-1", "0184526630-0112-1")]
)
def test_ids(value, text):
	assert id_in({"id": value}, "id") == text


@pytest.mark.parametrize(
	"value", [None, "", True, 1.5, [17], {"a": 1}, "a b", "../x", "<b>", "1" * 65, "-1", "ё"]
)
def test_what_no_id_looks_like(value):
	with pytest.raises(ContractError) as caught:
		id_in({"id": value}, "id")
	assert str(value) not in caught.value.detail or value in (None, "")


def test_who_answers():
	now = datetime(2026, 9, 28, 12, 30, 5, 123456, tzinfo=timezone(timedelta(hours=3)))
	assert introduction(now) == {
		"version": __version__,
		"name": "CRM Marketplace",
		"time": "2026-09-28T09:30:05.123Z",
	}
	assert introduction()["time"].endswith("Z")
