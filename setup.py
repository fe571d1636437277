"""For tools that still ask for a setup.py. pyproject.toml says everything; the build itself is flit's."""

import re
from pathlib import Path

from setuptools import find_packages, setup

INIT = Path(__file__).parent / "crm_marketplace" / "__init__.py"

setup(
	version=re.search(r'^__version__ = "(.+)"$', INIT.read_text(encoding="utf-8"), re.MULTILINE).group(1),
	packages=find_packages(include=["crm_marketplace", "crm_marketplace.*"]),
	include_package_data=True,
)
