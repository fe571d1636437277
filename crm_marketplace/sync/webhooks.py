"""Notifications of marketplaces: hints where to look, turned into fetches in the background.

Nothing of a notification is believed: it carries no signature. Its address is secret, its sender must come
from the marketplace's networks where those are known, and all it can do is make us ask the marketplace.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe.utils import get_url

from crm_marketplace.integrations.connector import Capability, WebhookHint
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.records import Page
from crm_marketplace.sync import changes, clock, locks, scheduler
from crm_marketplace.sync.orders import process
from crm_marketplace.sync.orders.store import store_page
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop, get_shop

ROUTE = "marketplace-webhook"
MAX_BODY = 256 * 1024  # bytes; a notification is a few hundred
MAX_WAITING = 2000  # orders a shop's hints may ask for at once; the regular run finds the rest
WAITING = "marketplace_hinted_orders"


class Forbidden(Exception):
	"""Not a notification for us. Nothing of it is logged: anybody may send anything."""


def new_secret() -> tuple[str, str]:
	"""A secret for the address of a shop, and the digest by which the shop is found."""
	secret = secrets.token_urlsafe(32)
	return secret, digest(secret)


def digest(secret: str) -> str:
	return hashlib.sha256(secret.encode()).hexdigest()


def address(shop: Shop) -> str | None:
	"""What to paste into the marketplace's cabinet."""
	secret = shop.doc.get_password("webhook_secret", raise_exception=False)
	return get_url(f"/{ROUTE}/{secret}") if secret else None


def receive(secret: str, body: bytes, headers: Mapping[str, str], sender: str | None) -> Mapping[str, Any]:
	"""Take a notification; returns the body of the answer the vendor expects, with status 200.

	Answers at once: what it hints at is fetched in the background.

	Raises:
		Forbidden: unknown address, foreign sender, or not the vendor's format.
	"""
	name = frappe.db.get_value(
		"Marketplace Shop", {"webhook_digest": digest(secret), "webhooks_enabled": 1, "enabled": 1}
	)
	if not name or len(body) > MAX_BODY:
		raise Forbidden
	shop = get_shop(name)
	cls = shop.connector_class
	if Capability.WEBHOOKS not in shop.info.capabilities:
		raise Forbidden
	if not shop.doc.server_address and not _comes_from(sender, cls.webhook_networks):
		raise Forbidden
	try:
		hint = cls.read_webhook(body, headers)
	except IntegrationError as error:
		raise Forbidden from error
	remember(shop, hint)
	return hint.answer


def remember(shop: Shop, hint: WebhookHint) -> None:
	"""Queue what a hint asks for. The same hint twice is one fetch."""
	frappe.db.set_value(
		"Marketplace Shop", shop.name, "webhook_received_at", clock.site_now(), update_modified=False
	)
	key = f"{WAITING}:{shop.name}"
	if hint.order_ids and frappe.cache.scard(frappe.cache.make_key(key)) < MAX_WAITING:
		frappe.cache.sadd(key, *hint.order_ids)
		frappe.enqueue(
			"crm_marketplace.sync.webhooks.fetch_hinted",
			queue="short",
			job_id=f"marketplace::{shop.name}::hints",
			deduplicate=True,
			enqueue_after_commit=True,
			shop=shop.name,
		)
	for stream in _switched_on(shop.name, hint.streams):
		scheduler.enqueue(shop.name, stream, started_by="Webhook")


def fetch_hinted(shop: str) -> None:
	"""Fetch the orders hinted at, store and process them, and tell the other shops."""
	with locks.held(shop, "hints") as free:
		if not free:
			return
		while ids := changes.take_set(f"{WAITING}:{shop}"):
			_fetch(get_shop(shop), sorted(ids))


# --- inside ----------------------------------------------------------------------------------------


def _switched_on(shop: str, streams: Iterable[str]) -> list[str]:
	"""Those of the streams somebody wants. No query without any."""
	wanted = list(streams)
	if not wanted:
		return []
	return frappe.get_all(
		"Marketplace Stream",
		filters={"shop": shop, "stream": ("in", wanted), "enabled": 1},
		pluck="stream",
	)


def _fetch(shop: Shop, external_ids: list[str]) -> None:
	run = Run(shop.name, "orders", "Webhook", secrets=tuple(shop.credentials().values()))
	run.start()
	connector = shop.connect(observer=run.observe)
	try:
		for external_id in external_ids:
			_fetch_one(shop, connector, run, external_id)
	except IntegrationError as error:
		frappe.db.rollback()
		run.stop(error)
	names = frappe.get_all(
		"Marketplace Order",
		filters={"shop": shop.name, "external_id": ("in", external_ids), "state": "To Process"},
		pluck="name",
	)
	process.process_orders(shop, names, run)
	run.finish()
	changes.dispatch()
	frappe.db.commit()  # the run's account of itself


def _fetch_one(shop: Shop, connector: Any, run: Run, external_id: str) -> None:
	try:
		fetched = connector.order(external_id)
	except IntegrationError as error:
		if error.policy.stops_run:
			raise
		run.add_error(error, external_id)  # a made-up id is refused; the others are fetched
		run.count(failed=1)
		return
	stored = store_page(shop, Page(items=(fetched,)).items, run.log)
	run.count(fetched=1, stored=stored.created + stored.updated, unchanged=stored.unchanged)
	frappe.db.commit()  # stored before anything can fail on it


def _comes_from(sender: str | None, networks: Iterable[str]) -> bool:
	"""Whether the sender's address is in one of the networks; without known networks anybody's is."""
	ranges = [ipaddress.ip_network(network) for network in networks]
	if not ranges:
		return True
	try:
		sent_from = ipaddress.ip_address((sender or "").strip())
	except ValueError:
		return False
	return any(sent_from in network for network in ranges)
