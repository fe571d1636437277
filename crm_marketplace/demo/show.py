"""What the demo tells while it runs: progress bars and tables on a terminal, plain lines in a pipe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
	BarColumn,
	MofNCompleteColumn,
	Progress,
	SpinnerColumn,
	TextColumn,
	TimeElapsedColumn,
)
from rich.table import Table

ThingT = TypeVar("ThingT")
Rows = Iterable[Sequence[object]]
EVERY = 1000  # plain lines: tell of progress after so many


class Show(ABC):
	"""What can be told."""

	@abstractmethod
	def title(self, text: str) -> None: ...

	@abstractmethod
	def step(self, number: str, title: str) -> None: ...

	@abstractmethod
	def note(self, text: str) -> None: ...

	@abstractmethod
	def table(self, title: str, columns: Sequence[str], rows: Rows) -> None:
		"""A small table; nothing is shown where there are no rows."""

	@abstractmethod
	def check(self, name: str, ok: bool, detail: str = "") -> None: ...

	@abstractmethod
	def progress(self, label: str, things: Sequence[ThingT]) -> Iterator[ThingT]:
		"""Go through `things`, showing how far."""

	@abstractmethod
	def counting(self, label: str) -> AbstractContextManager[Callable[[int], None]]:
		"""Show a count of which the end is not known; call what it gives with each addition."""


def show() -> Show:
	"""The one that fits where the output goes."""
	console = Console()
	return OnTerminal(console) if console.is_terminal else InPlainLines()


class OnTerminal(Show):
	def __init__(self, console: Console) -> None:
		self.console = console

	def title(self, text: str) -> None:
		self.console.print()
		self.console.rule(f"[bold]{escape(text)}")

	def step(self, number: str, title: str) -> None:
		self.console.print(f"\n[bold cyan]{number}[/] [bold]{escape(title)}")

	def note(self, text: str) -> None:
		self.console.print(f"  {escape(text)}")

	def table(self, title: str, columns: Sequence[str], rows: Rows) -> None:
		table = Table(title=escape(title), title_justify="left", title_style="dim", header_style="bold")
		for column in columns:
			table.add_column(escape(column), overflow="ellipsis", max_width=60)
		for row in rows:
			table.add_row(*(escape(str(cell)) for cell in row))
		if table.row_count:
			self.console.print(table)

	def check(self, name: str, ok: bool, detail: str = "") -> None:
		mark = "[green]✓[/]" if ok else "[bold red]✗[/]"
		self.console.print(f"  {mark} {escape(name)}" + (f" [dim]({escape(detail)})" if detail else ""))

	def progress(self, label: str, things: Sequence[ThingT]) -> Iterator[ThingT]:
		with self._bar() as bar:
			yield from bar.track(things, description=label)

	@contextmanager
	def counting(self, label: str) -> Iterator[Callable[[int], None]]:
		columns = (
			SpinnerColumn(),
			TextColumn("{task.completed:.0f} {task.description}"),
			TimeElapsedColumn(),
		)
		with Progress(*columns, console=self.console, transient=True) as bar:
			task = bar.add_task(label, total=None)
			yield lambda number: bar.advance(task, number)

	def _bar(self) -> Progress:
		columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
		return Progress(*columns, console=self.console, transient=True)


class InPlainLines(Show):
	def title(self, text: str) -> None:
		click.echo(f"== {text} ==")

	def step(self, number: str, title: str) -> None:
		click.echo(f"{number} {title}")

	def note(self, text: str) -> None:
		click.echo(f"  {text}")

	def table(self, title: str, columns: Sequence[str], rows: Rows) -> None:
		for place, row in enumerate(rows):
			if place == 0:
				click.echo(f"  {title} ({', '.join(columns)}):")
			click.echo("    " + " | ".join(map(str, row)))

	def check(self, name: str, ok: bool, detail: str = "") -> None:
		click.echo(f"  {'ok' if ok else 'FAILED'}: {name}" + (f" ({detail})" if detail else ""))

	def progress(self, label: str, things: Sequence[ThingT]) -> Iterator[ThingT]:
		for number, thing in enumerate(things, start=1):
			yield thing
			if number % EVERY == 0:
				click.echo(f"  {number} of {len(things)} {label}")

	@contextmanager
	def counting(self, label: str) -> Iterator[Callable[[int], None]]:
		total = 0

		def advance(number: int) -> None:
			nonlocal total
			if (total + number) // EVERY > total // EVERY:
				click.echo(f"  {total + number} {label}")
			total += number

		yield advance
