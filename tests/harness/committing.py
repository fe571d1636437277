"""The one place tests commit at."""

from __future__ import annotations


def commit() -> None:
	"""Commit what a test made: the desk, the worker, the run or the job under test reads over another connection."""
	import frappe

	frappe.db.commit()  # its reason is this function's
