"""`crm-marketplace sandbox`: a marketplace to practise on."""

from __future__ import annotations

import json
import signal
import threading
from datetime import timedelta
from pathlib import Path

import click

from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sandbox.marketplace import marketplaces
from crm_marketplace.sandbox.sandbox import Sandbox


@click.command("sandbox", context_settings={"show_default": True})
@click.option("--marketplace", default=lambda: min(marketplaces()), help="Which marketplace to play.")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--shops", default=1, type=click.IntRange(1), help="Seller accounts.")
@click.option("--listings", default=200, type=click.IntRange(0), help="Cards in each shop.")
@click.option("--orders", default=250, type=click.IntRange(0), help="Orders in each shop.")
@click.option("--days", default=30, type=click.IntRange(1), help="Spread the orders over so many last days.")
@click.option("--seed", default=1, help="The same seed makes the same shops.")
@click.option(
	"--state",
	type=click.Path(dir_okay=False, path_type=Path),
	help="File to keep the state in, and to continue from. In memory if not given.",
)
@click.option("--order-every", type=float, help="Training: a new order every so many seconds.")
@click.option("--pace", type=float, help="Training: orders move by themselves after so many seconds.")
@click.option("--no-limits", is_flag=True, help="Hold no rate limits.")
@click.option("--no-control", is_flag=True, help="Serve the marketplace only, no /_sandbox.")
@click.option("--json", "as_json", is_flag=True, help="Print the address and the keys as one line of JSON.")
def main(
	marketplace: str,
	host: str,
	port: int,
	shops: int,
	listings: int,
	orders: int,
	days: int,
	seed: int,
	state: Path | None,
	order_every: float | None,
	pace: float | None,
	no_limits: bool,
	no_control: bool,
	as_json: bool,
) -> None:
	"""Start a marketplace on this machine, to practise, to demonstrate and to test.

	It answers like the real one, and nothing reaches the real one. Connect a shop to the address and the
	keys it prints; a site allows that with `allow_marketplace_sandbox` in its configuration.
	"""
	try:
		sandbox = Sandbox(
			marketplace,
			host=host,
			port=port,
			shops=shops,
			listings=listings,
			orders=orders,
			days=days,
			seed=seed,
			state=state,
			limits=UNLIMITED if no_limits else None,
			control=not no_control,
			pace=timedelta(seconds=pace) if pace else None,
			order_every=timedelta(seconds=order_every) if order_every else None,
		)
	except (LookupError, ValueError, OSError) as error:
		raise click.ClickException(str(error)) from error
	stopped = threading.Event()
	for number in (signal.SIGINT, signal.SIGTERM):
		signal.signal(number, lambda *_: stopped.set())
	with sandbox:
		_introduce(sandbox, as_json)
		stopped.wait()


def _introduce(sandbox: Sandbox, as_json: bool) -> None:
	facts = sandbox.describe()
	if as_json:
		click.echo(json.dumps({name: facts[name] for name in ("marketplace", "url", "shops")}))
		return
	click.echo(f"{facts['marketplace']} is open at {facts['url']} (Ctrl+C closes it)")
	for shop in facts["shops"]:
		orders = sum(shop["orders"].values())
		click.echo(f"\n{shop['number']}. {shop['name']}: {shop['listings']} listings, {orders} orders")
		for name, value in shop["credentials"].items():
			click.echo(f"   {name}: {value}")
