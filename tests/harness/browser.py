"""Chromium for the browser layer and the screenshots."""

from __future__ import annotations

import os
import shutil

from tests.harness import Unavailable

ARGUMENTS = (
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--no-first-run",
	"--disable-quic",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
	"""The Chromium of this machine: CHROMIUM, or the first of the usual names.

	Raises:
		Unavailable: there is none.
	"""
	for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
		if path := shutil.which(name):
			return path
	raise Unavailable("no Chromium on this machine (set CHROMIUM to one)")
