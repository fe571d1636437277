"""`crm-marketplace`: the demo, the sandbox and the connectors from a command line, without ERPNext."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from crm_marketplace import __version__
from crm_marketplace.demo.show import show
from crm_marketplace.integrations import registry
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.sandbox.command import main as sandbox
from crm_marketplace.sandbox.marketplace import marketplaces


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
	"""Sell on marketplaces from ERPNext: what works without ERPNext at hand."""


main.add_command(sandbox)


@main.command()
@click.option(
	"--marketplace",
	"names",
	multiple=True,
	help="A marketplace; may be given several times. All that have a sandbox if not given.",
)
@click.option(
	"--listings",
	default=600,
	show_default=True,
	type=click.IntRange(10, 100_000),
	help="Of each shop; together they share one stock.",
)
@click.option(
	"--orders", default=900, show_default=True, type=click.IntRange(10, 100_000), help="Of each shop."
)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same shop.")
@click.option(
	"--report",
	default=Path("demo-report.html"),
	show_default=True,
	type=click.Path(dir_okay=False, path_type=Path),
)
def demo(names: tuple[str, ...], listings: int, orders: int, seed: int, report: Path) -> None:
	"""Run a full cycle twice against sandboxes: orders in, stock out, nothing twice; one stock for all shops."""
	from crm_marketplace.demo.run import available, run

	try:
		chosen = list(dict.fromkeys(names)) or available()
		outcome = run(chosen, show(), listings=listings, orders=orders, seed=seed, report=report)
	except (IntegrationError, LookupError) as error:
		raise click.ClickException(str(error)) from error
	sys.exit(0 if outcome.good else 1)


@main.command()
@click.option("--extra", multiple=True, help="Dotted path of a connector class of another app.")
def connectors(extra: tuple[str, ...]) -> None:
	"""List the connectors, and what a broken one lacks."""
	sandboxes = marketplaces()
	rows = [
		(
			cls.info.title,
			cls.info.api_version,
			", ".join(sorted(map(str, cls.info.capabilities))),
			"yes" if name in sandboxes else "no",
			cls.info.documentation_url,
		)
		for name, cls in sorted(registry.connectors(extra).items())
	]
	show().table("Connectors", ("name", "API", "capabilities", "sandbox", "documentation"), rows)
	broken = registry.problems(extra)
	for path, error in broken.items():
		click.echo(f"{path}: {error}", err=True)
	sys.exit(1 if broken else 0)


@main.command()
@click.argument("marketplace")
@click.option("--server", help="Another server than the marketplace's own: a sandbox.")
@click.option("--extra", multiple=True, help="Dotted path of a connector class of another app.")
def check(marketplace: str, server: str | None, extra: tuple[str, ...]) -> None:
	"""Ask for a key of MARKETPLACE, and tell what it may do. Writes nothing and keeps nothing."""
	told = show()
	try:
		cls = registry.get(marketplace, extra)
		credentials = {
			one.name: click.prompt(one.label, hide_input=one.secret, default=None if one.required else "")
			for one in cls.info.credential_fields
		}
		report = cls.connect(credentials, base_url=server).check_credentials()
	except IntegrationError as error:
		raise click.ClickException(f"{error}\n{error.next_step}") from error
	told.note(f"{report.account_name or report.account_id}: the key works")
	if report.expires_at:
		told.note(f"It expires on {report.expires_at:%Y-%m-%d}.")
	told.table(
		"Rights",
		("for", "granted", "missing"),
		[
			(right.capability, "yes" if right.granted else "no", ", ".join(right.missing))
			for right in report.rights
		],
	)
	for note in report.notes:
		told.note(note)


if __name__ == "__main__":
	main()
