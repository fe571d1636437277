"""Name → connector. Ours are listed here; other apps add theirs by the hook `marketplace_connectors`,
whose entries the site passes in as `extra` (this package does not know Frappe).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module

from crm_marketplace.integrations.connector import CAPABILITY_PROTOCOLS, Connector
from crm_marketplace.integrations.errors import ConfigurationError, _

BUILT_IN: tuple[str, ...] = ("crm_marketplace.integrations.marketplaces.ozon.connector.OzonConnector",)


def connectors(extra: Iterable[str] = ()) -> dict[str, type[Connector]]:
	"""All connectors by name.

	Args:
		extra: dotted paths to connector classes of other apps, in the order of their apps.

	Raises:
		ConfigurationError: a path leads nowhere, or a class lacks what its capabilities promise.
	"""
	found: dict[str, type[Connector]] = {}
	for path in (*BUILT_IN, *extra):
		cls = _load(path)
		found[cls.info.name] = cls
	return found


def get(name: str, extra: Iterable[str] = ()) -> type[Connector]:
	"""The connector called `name`.

	Raises:
		ConfigurationError: there is none: its app was removed, or the name is misspelt.
	"""
	cls = connectors(extra).get(name)
	if cls is None:
		raise ConfigurationError(
			_("There is no connector for {0}."),
			next_step=_("Install the app that brings this connector, or choose another marketplace."),
			values=(name,),
		)
	return cls


@lru_cache(maxsize=64)
def _load(path: str) -> type[Connector]:
	module_name, _dot, class_name = path.rpartition(".")
	try:
		cls = getattr(import_module(module_name), class_name)
	except (ImportError, AttributeError, ValueError) as error:
		raise ConfigurationError(
			_("The connector {0} cannot be loaded."), values=(path,), detail=repr(error)
		) from error
	missing = [
		f"{capability}: {method}"
		for capability in cls.info.capabilities
		for method in _methods(CAPABILITY_PROTOCOLS[capability])
		if not hasattr(cls, method)
	]
	if missing:
		raise ConfigurationError(
			_("The connector {0} cannot be loaded."), values=(path,), detail="missing " + ", ".join(missing)
		)
	return cls


def _methods(protocol: type) -> list[str]:
	return [name for name in vars(protocol) if not name.startswith("_")]
