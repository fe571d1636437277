"""One run per shop and stream at a time, over all workers.

The lock belongs to the database connection: when a worker is killed the connection goes and the lock
with it, so nothing has to be cleaned up, and commits do not release it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def held(*parts: str) -> Iterator[bool]:
	"""Try to take the lock named by `parts`; yields whether it was free. Does not wait."""
	name = _name(parts)
	taken = _take(name)
	try:
		yield taken
	finally:
		if taken:
			_release(name)


def is_free(*parts: str) -> bool:
	"""Whether nobody holds the lock now. A hint: it may be taken the next moment."""
	if frappe.db.db_type == "postgres":
		with held(*parts) as taken:
			return taken
	return bool(frappe.db.sql("select is_free_lock(%s)", _name(parts))[0][0])


def _name(parts: tuple[str, ...]) -> str:
	"""MariaDB allows 64 characters, and its locks are shared by all sites of a server."""
	return "mp_" + hashlib.sha256("|".join((frappe.local.site, *parts)).encode()).hexdigest()[:40]


def _take(name: str) -> bool:
	if frappe.db.db_type == "postgres":
		return bool(frappe.db.sql("select pg_try_advisory_lock(hashtext(%s))", name)[0][0])
	return frappe.db.sql("select get_lock(%s, 0)", name)[0][0] == 1


def _release(name: str) -> None:
	query = (
		"select pg_advisory_unlock(hashtext(%s))"
		if frappe.db.db_type == "postgres"
		else "select release_lock(%s)"
	)
	try:
		frappe.db.sql(query, name)
	except frappe.db.OperationalError:
		# The connection is gone, and the lock with it.
		frappe.logger("marketplace").warning("lost the connection while holding %s", name)
