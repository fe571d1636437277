"""What one sandbox shop remembers: an SQLite database, in a file or in memory."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

IN_MEMORY = ":memory:"
_META = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"


class State:
	"""A shop's database. Safe to use from the server's threads: one at a time gets in.

	Args:
		path: a file, or ":memory:".
		schema: the marketplace's tables; a file made with another schema is refused.

	Raises:
		ValueError: the file was made by another version of the sandbox.
	"""

	def __init__(self, path: str | Path, schema: str) -> None:
		self.path = str(path)
		self.lock = threading.RLock()
		self._schema = schema
		self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
		self._db.row_factory = sqlite3.Row
		# A lost sandbox is made again from its seed: speed matters here, durability does not.
		self._db.execute("PRAGMA synchronous = OFF")
		if self.path != IN_MEMORY:
			self._db.execute("PRAGMA journal_mode = WAL")
		self.is_new = not self._tables()
		if self.is_new:
			self._create()
		elif self.meta("schema") != schema:
			self._db.close()
			raise ValueError(
				f"{self.path} was made by another version of the sandbox: delete it and start again"
			)

	@contextmanager
	def transaction(self) -> Iterator[State]:
		"""All or nothing, and nobody else in between. May be nested: the outermost one commits."""
		with self.lock:
			if self._db.in_transaction:
				yield self
				return
			self._db.execute("BEGIN")
			try:
				yield self
			except BaseException:
				self._db.execute("ROLLBACK")
				raise
			self._db.execute("COMMIT")

	def all(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
		with self.lock:
			return self._db.execute(query, values).fetchall()

	def one(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
		with self.lock:
			return self._db.execute(query, values).fetchone()

	def value(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
		"""The first column of the first row, or None."""
		row = self.one(query, values)
		return row[0] if row else None

	def run(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> int:
		"""Change something. Returns the number of rows changed."""
		with self.lock:
			return self._db.execute(query, values).rowcount

	def insert(self, table: str, **values: Any) -> int:
		"""Add a row. Returns its rowid."""
		columns, marks = ", ".join(values), ", ".join("?" * len(values))
		with self.lock:
			sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
			return self._db.execute(sql, tuple(values.values())).lastrowid or 0

	def update(self, table: str, key: Mapping[str, Any], /, **values: Any) -> None:
		"""Change columns of the row with a key.

		Args:
			key: column → value; none of the columns that are changed.
		"""
		changes = ", ".join(f"{column} = :{column}" for column in values)
		same = " AND ".join(f"{column} = :{column}" for column in key)
		self.run(f"UPDATE {table} SET {changes} WHERE {same}", {**values, **key})

	def insert_many(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
		"""Add rows as they come: the iterable is never held in memory."""
		with self.lock:
			sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
			self._db.executemany(sql, rows)

	def meta(self, name: str, default: Any = None) -> Any:
		"""A remembered setting (JSON)."""
		text = self.value("SELECT value FROM meta WHERE name = ?", (name,))
		return default if text is None else json.loads(text)

	def remember(self, **settings: Any) -> None:
		with self.lock:
			for name, value in settings.items():
				self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

	def clear(self) -> None:
		"""Forget everything."""
		with self.lock:
			for name in self._tables():
				self._db.execute(f"DROP TABLE {name}")
			self._create()
		self.is_new = True

	def close(self) -> None:
		with self.lock:
			self._db.close()

	def _tables(self) -> list[str]:
		return [row[0] for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")]

	def _create(self) -> None:
		# Not by executescript, which would commit the transaction it is called in.
		for statement in (_META + self._schema).split(";"):
			self._db.execute(statement)
		self.remember(schema=self._schema)


def marks(values: Sequence[Any]) -> str:
	"""Question marks for an IN clause."""
	return ", ".join("?" * len(values))
