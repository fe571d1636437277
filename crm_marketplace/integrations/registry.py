"""Name → connector. Ours are listed here; other apps add theirs by the hook `marketplace_connectors`,
whose entries the site passes in as `extra` (this package does not know Frappe).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module

from crm_marketplace.integrations.connector import CAPABILITY_PROTOCOLS, Connector, RefreshesOrders
from crm_marketplace.integrations.errors import ConfigurationError, _

BUILT_IN: tuple[str, ...] = (
	"crm_marketplace.integrations.marketplaces.ozon.connector.OzonConnector",
	"crm_marketplace.integrations.marketplaces.wildberries.connector.WildberriesConnector",
	"crm_marketplace.integrations.marketplaces.yandex_market.connector.YandexMarketConnector",
)


def connectors(extra: Iterable[str] = ()) -> dict[str, type[Connector]]:
	"""All connectors by name that can be loaded. A broken one of another app does not take ours along:
	`problems` tells of it.

	Args:
		extra: dotted paths to connector classes of other apps, in the order of their apps. The last one
			of a name wins, so that an app may replace a connector of ours.
	"""
	return _load_all(extra)[0]


def problems(extra: Iterable[str] = ()) -> dict[str, ConfigurationError]:
	"""Dotted path → why that connector cannot be used. Empty when all is well."""
	return _load_all(extra)[1]


def get(name: str, extra: Iterable[str] = ()) -> type[Connector]:
	"""The connector called `name`.

	Raises:
		ConfigurationError: there is none: its app was removed, it is broken, or the name is misspelt.
	"""
	found, broken = _load_all(extra)
	if name not in found:
		raise ConfigurationError(
			_("There is no connector for {0}."),
			next_step=_("Install the app that brings this connector, or choose another marketplace."),
			values=(name,),
			detail="; ".join(f"{path}: {error.detail}" for path, error in broken.items()),
		)
	return found[name]


def _load_all(
	extra: Iterable[str],
) -> tuple[dict[str, type[Connector]], dict[str, ConfigurationError]]:
	found: dict[str, type[Connector]] = {}
	broken: dict[str, ConfigurationError] = {}
	for path in (*BUILT_IN, *extra):
		try:
			cls = _load(path)
		except ConfigurationError as error:
			broken[path] = error
		else:
			found[cls.info.name] = cls
	return found, broken


@lru_cache(maxsize=64)
def _load(path: str) -> type[Connector]:
	module_name, _dot, class_name = path.rpartition(".")
	try:
		cls = getattr(import_module(module_name), class_name)
		missing = _missing_methods(cls)
	# What importing and looking at a class somebody else wrote can raise.
	except (ImportError, AttributeError, NameError, SyntaxError, TypeError, ValueError, LookupError) as error:
		raise _not_loaded(path, repr(error)) from error
	if missing:
		raise _not_loaded(path, "missing " + ", ".join(missing))
	return cls


def _missing_methods(cls: type[Connector]) -> list[str]:
	promised = [(str(capability), CAPABILITY_PROTOCOLS[capability]) for capability in cls.info.capabilities]
	if cls.info.refresh_batch:
		promised.append(("refresh_batch", RefreshesOrders))
	return [
		f"{name}: {method}"
		for name, protocol in sorted(promised, key=lambda promise: promise[0])
		for method in _methods(protocol)
		if not hasattr(cls, method)
	]


def _methods(protocol: type) -> list[str]:
	inherited = vars(protocol).get("__annotations__", {})
	return [name for name in (*vars(protocol), *inherited) if not name.startswith("_")]


def _not_loaded(path: str, detail: str) -> ConfigurationError:
	return ConfigurationError(_("The connector {0} cannot be loaded."), values=(path,), detail=detail)
