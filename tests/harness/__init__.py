"""What runs the tests: own virtualenv, bench, services, sites, report. Standard library only, because it
starts before anything is installed.
"""

from __future__ import annotations

import os
from pathlib import Path

# Where it is set, every process compiles Frappe anew, and every job of a worker does: four seconds each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).resolve().parents[2]
APP = "crm_marketplace"
RESULTS = ROOT / ".test-results"  # logs, JUnit files, locks; git-ignored


class Unavailable(Exception):
	"""This machine lacks something: the layer is skipped, with this reason."""


class Broken(Exception):
	"""Something of ours, or of the machine, failed where it should have worked: the layer has failed."""
