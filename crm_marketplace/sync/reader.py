"""Read many rows in one query with flat memory, while the job's own connection stays free to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.database import get_db
from frappe.database.database import Database

LONGEST_PAUSE = 3600  # seconds between two rows


@contextmanager
def reading() -> Iterator[Database]:
	"""A second connection to the site's database, closed at the end. It sees what is committed."""
	own = frappe.db
	connection = get_db(
		socket=own.socket,
		host=own.host,
		port=own.port,
		user=own.user,
		password=own.password,
		cur_db_name=own.cur_db_name,
	)
	connection.connect()
	if connection.db_type == "mariadb":
		# Whoever reads may stop for as long as a marketplace makes it wait; the server must not give it up.
		connection.sql("set session net_write_timeout = %s", LONGEST_PAUSE)
	try:
		yield connection
	finally:
		connection.close()


def stream(connection: Database, query: Any) -> Iterator[tuple]:
	"""Rows of a query builder's query as tuples, one by one."""
	statement, parameters = query.walk()
	with connection.unbuffered_cursor():
		for row in connection.sql(statement, parameters, as_list=True, as_iterator=True):
			yield tuple(row)
