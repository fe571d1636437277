"""The browser layer: the desk of the test site, served here, driven in headless Chromium as a user would."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.browser.world import Showroom, forget, make_shop, world
from tests.harness import ROOT, bench, desk
from tests.harness.browser import ARGUMENTS, executable
from tests.harness.site_fixtures import (
	as_user,
	company,
	leave_no_trace,
	site,
	user_with_role,
)
from tests.harness.users import PASSWORD, make_user

SCREENSHOTS = ROOT / "tests" / "browser" / "screenshots"
DOCUMENTATION_IMAGES = ROOT / "docs" / "images"
PHONE = {"width": 390, "height": 844}
VIEWPORT = {"width": 1440, "height": 900}
TIMEOUT = 30_000  # milliseconds until an element that should be there counts as missing
DEFAULT_ROLE = "Marketplace Manager"


@pytest.fixture(scope="session")
def desk_url(site: str) -> Iterator[str]:
	"""Where the desk answers; web server, worker, scheduler and realtime server run until the last test."""
	with desk.serve(bench.find(), site) as running:
		yield running.url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
	expect.set_options(timeout=TIMEOUT)
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=executable(), args=list(ARGUMENTS))
		yield browser
		browser.close()


@pytest.fixture(scope="session")
def people(chromium: Browser, desk_url: str) -> Iterator[Callable[..., BrowserContext]]:
	"""A function: user, language, phone → a browser the user is logged in with.

	Kept from test to test: a browser that knows the desk's bundles opens a page in a fraction of the time.
	"""
	kept: dict[tuple[str, bool], BrowserContext] = {}

	def browser_of(user: str, language: str, phone: bool) -> BrowserContext:
		context = kept.get((user, phone))
		if context is None:
			context = kept[user, phone] = chromium.new_context(
				base_url=desk_url,
				viewport=PHONE if phone else VIEWPORT,
				is_mobile=phone,
				has_touch=phone,
				locale={"ru": "ru-RU"}.get(language, "en-GB"),
			)
			context.set_default_timeout(TIMEOUT)
			context.route(lambda url: urlsplit(url).hostname != desk.HOST, _stand_in)
		answer = context.request.get("/api/method/frappe.auth.get_logged_user")
		if not answer.ok or answer.json().get("message") != user:
			answer = context.request.post("/api/method/login", form={"usr": user, "pwd": PASSWORD})
			assert answer.ok, f"{user} cannot log in: {answer.status} {answer.text()[:500]}"
		return context

	yield browser_of
	for context in kept.values():
		context.close()


@pytest.fixture
def log_in(
	request: pytest.FixtureRequest, people: Callable[..., BrowserContext]
) -> Iterator[Callable[..., Page]]:
	"""A function: role or roles, language, phone → a page logged in as a user who has exactly them.

	After the test no page may have written an error to the console, unless the test is marked
	`console_errors_expected`; what a page remembers in the browser is forgotten.
	"""
	pages: list[Page] = []
	errors: list[str] = []

	def open_page(
		role: str | Sequence[str] = DEFAULT_ROLE, language: str = "en", phone: bool = False
	) -> Page:
		user = make_user([role] if isinstance(role, str) else role, language=language)
		page = people(user, language, phone).new_page()
		page.on("pageerror", lambda error: errors.append(str(error)))
		page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
		pages.append(page)
		return page

	yield open_page
	_keep_pictures_of_failure(request, pages)
	for context in {page.context for page in pages}:
		for page in context.pages:
			_forget(page)
			page.close()
	if not request.node.get_closest_marker("console_errors_expected"):
		assert not errors, "the browser console has errors:\n" + "\n".join(errors)


@pytest.fixture
def page(request: pytest.FixtureRequest, log_in: Callable[..., Page]) -> Page:
	"""A page logged in as a Marketplace Manager, or as the test's mark `role` says."""
	marker = request.node.get_closest_marker("role")
	return log_in(*marker.args, **marker.kwargs) if marker else log_in()


@pytest.fixture(scope="session")
def showroom(site: str) -> Iterator[Showroom]:
	"""A shop with listings, orders and stock in it, made once for all tests that look at one."""
	with world() as around:
		shop = make_shop(around)
		yield Showroom(around, shop)
		forget(shop)


@pytest.fixture
def screenshot() -> Callable[..., Path]:
	"""A function: page, name → a picture to look at.

	Kept out of git; with `documented`, and where UPDATE_SCREENSHOTS=1 asks for it, it renews docs/images.
	"""

	def take(page: Page, name: str, *, documented: bool = False, **options) -> Path:
		renew = documented and os.environ.get("UPDATE_SCREENSHOTS") == "1"
		folder = DOCUMENTATION_IMAGES if renew else SCREENSHOTS
		folder.mkdir(parents=True, exist_ok=True)
		path = folder / f"{name}.png"
		page.screenshot(path=path, animations="disabled", **options)
		return path

	return take


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
	"""Let fixtures see at their end whether the test failed."""
	report = yield
	if report.when == "call":
		item.stash[FAILED] = report.failed
	return report


FAILED = pytest.StashKey[bool]()
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">
<rect width="100" height="100" fill="hsl({hue} 45% 88%)"/><circle cx="50" cy="42" r="20" fill="hsl({hue} 45% 60%)"/>
<rect x="22" y="70" width="56" height="10" rx="5" fill="hsl({hue} 45% 72%)"/></svg>"""


def _stand_in(route: Route) -> None:
	"""Pictures of listings lie at the marketplace; a drawing of our own stands in for each."""
	if route.request.resource_type != "image":
		route.abort()
		return
	hue = sum(route.request.url.encode()) * 47 % 360
	route.fulfill(content_type="image/svg+xml", body=PICTURE.format(hue=hue))


def _forget(page: Page) -> None:
	if page.url.startswith("http"):
		page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")


def _keep_pictures_of_failure(request: pytest.FixtureRequest, pages: Sequence[Page]) -> None:
	if not request.node.stash.get(FAILED, False):
		return
	SCREENSHOTS.mkdir(parents=True, exist_ok=True)
	for number, page in enumerate(pages):
		name = re.sub(r"\W+", "-", f"failed-{request.node.name}-{number}")
		page.screenshot(path=SCREENSHOTS / f"{name}.png")
