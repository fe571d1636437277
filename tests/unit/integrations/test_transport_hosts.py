"""Vendors with several hosts, methods with ids in their path, and requests the vendor counts double."""

from __future__ import annotations

import pytest
import responses

from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.transport import Endpoint
from tests.unit.integrations.fakes import BASE, SECRET, World, answers

PRICES = "https://prices.market.example"


def sent_key(number: int = -1) -> str | None:
	return responses.calls[number].request.headers.get("Api-Key")


# --- hosts -----------------------------------------------------------------------------------------


def test_an_endpoint_goes_to_its_host_with_the_credentials(http):
	world = World(hosts={"prices": PRICES})
	http.get(f"{PRICES}/v1/things", json={"of": "prices"})
	answers((200, {"of": "the base"}))
	assert world.call(host="prices", method="GET") == {"of": "prices"}
	assert sent_key() == SECRET
	assert world.call() == {"of": "the base"}
	assert sent_key() == SECRET


def test_a_host_nobody_named_is_the_base(http):
	"""One server plays all hosts: a sandbox."""
	answers((200, {"of": "the base"}))
	assert World().call(host="prices") == {"of": "the base"}


def test_files_of_other_hosts_are_fetched_without_the_credentials(http):
	world = World(hosts={"prices": PRICES})
	for url in (
		"https://files.example/a",
		f"{PRICES.replace('https', 'http')}/a",
		f"{PRICES}.evil.example/a",
	):
		http.get(url, body=b"x")
		world.transport.get_file(url)
		assert sent_key() is None, url
	http.get(f"{PRICES}/a", body=b"x")
	world.transport.get_file(f"{PRICES}/a")
	assert sent_key() == SECRET


# --- ids in paths ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("id_", "path"),
	[
		(117, "/v3/stocks/117/lines"),
		("WB-GI-1", "/v3/stocks/WB-GI-1/lines"),
		("a/b", "/v3/stocks/a%2Fb/lines"),
		("1?x=1#y", "/v3/stocks/1%3Fx%3D1%23y/lines"),
		("склад", "/v3/stocks/%D1%81%D0%BA%D0%BB%D0%B0%D0%B4/lines"),
	],
)
def test_ids_fill_the_path(id_, path):
	endpoint = Endpoint("/v3/stocks/{warehouse_id}/lines", method="PUT", group="stock", penalty=9)
	filled = endpoint.at(warehouse_id=id_)
	assert filled.path == path
	assert (filled.method, filled.group, filled.penalty) == ("PUT", "stock", 9)


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_what_cannot_be_part_of_a_path(id_):
	with pytest.raises(ValueError, match="order_id"):
		Endpoint("/v3/orders/{order_id}/cancel").at(order_id=id_)


# --- penalties -------------------------------------------------------------------------------------


class Accountant(Unlimited):
	def __init__(self) -> None:
		self.charged: list[tuple[str, int]] = []

	def charge(self, group: str, requests: int) -> None:
		self.charged.append((group, requests))


@pytest.mark.parametrize(
	("status", "charged"),
	[(200, []), (400, [("stock", 9)]), (409, [("stock", 9)]), (429, [("stock", 9)]), (500, []), (301, [])],
)
def test_a_refused_request_is_charged_as_the_vendor_counts_it(http, status, charged):
	accountant = Accountant()
	world = World(budget=accountant, max_attempts=1)
	answers((status, {}))
	try:
		world.call(group="stock", penalty=9)
	except IntegrationError:
		assert status != 200
	assert accountant.charged == charged


def test_most_vendors_count_each_request_once(http):
	accountant = Accountant()
	world = World(budget=accountant, max_attempts=1)
	answers((400, {}))
	with pytest.raises(IntegrationError):
		world.call()
	assert accountant.charged == []


# --- waiting for the vendor ------------------------------------------------------------------------


def test_pauses_are_taken_from_the_patience():
	world = World(patience=10.0)
	assert [world.transport.pause(seconds) for seconds in (4, 4, 4, 2, 1)] == [True, True, False, True, False]
	assert world.clock.slept == [4, 4, 2]


def test_without_patience_there_is_no_pause():
	world = World(patience=0.0)
	assert not world.transport.pause(0.5)
	assert world.clock.slept == []
