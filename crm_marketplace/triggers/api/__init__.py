"""What the desk may call. Each function checks its argument types and the caller's permissions."""

from crm_marketplace.triggers.api.builder import (
	addresses,
	describe,
	firings,
	remove,
	run_again,
	save,
	story,
	switch,
	trigger,
	try_days,
	try_document,
)
from crm_marketplace.triggers.api.choices import catalogue, fields, names
from crm_marketplace.triggers.api.library import (
	export_triggers,
	import_triggers,
	ready,
	take,
	triggers,
)

__all__ = [
	"addresses",
	"catalogue",
	"describe",
	"export_triggers",
	"fields",
	"firings",
	"import_triggers",
	"names",
	"ready",
	"remove",
	"run_again",
	"save",
	"story",
	"switch",
	"take",
	"trigger",
	"triggers",
	"try_days",
	"try_document",
]
