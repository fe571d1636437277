"""Fixtures of the layers that live on a site: imported by their conftest, run by the bench's Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.harness.site_wizard import COMPANY
from tests.harness.users import make_user


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
	"""Frappe, connected to the test site as Administrator for the whole run. Gives the site's name."""
	frappe = pytest.importorskip("frappe", reason="needs the Python of a bench: run `make test`")
	name = os.environ.get("TEST_SITE")
	if not name:
		pytest.skip("needs a site: run `make test`")
	frappe.init(site=name, sites_path=".")
	frappe.connect()
	frappe.flags.in_test = True
	frappe.flags.mute_emails = True
	frappe.clear_cache()
	frappe.set_user("Administrator")
	yield name
	frappe.destroy()


@pytest.fixture(autouse=True)
def leave_no_trace(site: str) -> Iterator[None]:
	"""Each test starts as Administrator, in English, with no messages; what it did not commit is rolled back."""
	import frappe

	_reset(frappe)
	yield
	frappe.db.rollback()
	_reset(frappe)


def _reset(frappe) -> None:
	frappe.set_user("Administrator")
	frappe.local.lang = "en"
	frappe.clear_messages()
	frappe.flags.in_test = True


@pytest.fixture(scope="session")
def company(site: str) -> str:
	"""The company the site was set up with: Russian, in roubles, with a chart of accounts."""
	return COMPANY


@pytest.fixture
def as_user(site: str):
	"""A context manager: what happens inside is done by this user."""
	import frappe

	@contextmanager
	def become(user: str) -> Iterator[None]:
		before = frappe.session.user
		frappe.set_user(user)
		try:
			yield
		finally:
			frappe.set_user(before)

	return become


@pytest.fixture(scope="session")
def user_with_role(site: str) -> Callable[..., str]:
	"""A function: roles, language → the e-mail of a user who has exactly them; made once, committed."""

	def make(*roles: str, language: str = "en") -> str:
		return make_user(roles, language=language)

	return make
