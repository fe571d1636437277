"""What an action is: how the builder asks for it, what it says, what it would do, and how it does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.triggers.engine.context import Context

Settings = Mapping[str, Any]


def _(text: str) -> str:
	"""Mark for translation: results are stored in English and told in the reader's language."""
	return text


class ActionFailed(Exception):
	"""It cannot be done, and trying again by itself does not help. `args`: sentence, then its values."""


class TryLater(Exception):
	"""It did not work now, and may in a while. `args` as above."""


class Unsure(Exception):
	"""It may have been done, or not: nobody saw the end of it, and it is not done a second time. `args` as above."""


class BadSettings(ValueError):
	"""The action is not filled in. `args` as above."""


@dataclass(frozen=True, slots=True)
class Result:
	"""What an action did: a sentence with values, and the document it made or changed.

	Args:
		skipped: there was nothing to do.
		given_to: the user it was given to.
	"""

	sentence: str
	values: tuple[object, ...] = ()
	doctype: str | None = None
	name: str | None = None
	skipped: bool = False
	given_to: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
	"""What an action would do: a sentence, and texts as they would look."""

	sentence: str
	values: tuple[object, ...] = ()
	to: tuple[str, ...] = ()
	subject: str = ""
	html: str = ""
	problem: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
	"""One thing the builder asks for.

	Args:
		kind: "text", "template" (a line with placeholders), "html" (a text with placeholders), "people",
			"users" (people without mere addresses), "phones", "link", "select", "check", "int", "map"
			(field → value), "rows" (lines of child tables), "json".
		options: DocType of a link, or choices.
		shown_if: another setting and the values of it with which this is asked for; None: always.
		documents: asked for with these DocTypes only.
		new_one: the builder leads to a new document of the link.
		capability: asked for where the connector of a shop has it.
	"""

	name: str
	kind: str
	label: str
	help: str = ""
	options: str | Sequence[Any] = ""
	required: bool = False
	default: Any = None
	advanced: bool = False
	shown_if: tuple[str, tuple[Any, ...]] | None = None
	documents: tuple[str, ...] = ()
	new_one: bool = False
	capability: Capability | None = None

	def only_if(self, name: str, *values: Any) -> Ask:
		"""The same, asked for only while another setting has one of these values."""
		return replace(self, shown_if=(name, values))

	def is_shown(self, settings: Settings) -> bool:
		if self.shown_if is None:
			return True
		name, values = self.shown_if
		return (settings.get(name) or "") in values


class Action:
	"""An action of a trigger. One object for all firings: it keeps nothing."""

	type: ClassVar[str]
	label: ClassVar[str]
	help: ClassVar[str] = ""
	icon: ClassVar[str] = "tool"
	needs_document: ClassVar[bool] = True
	# Whether what it does is undone with the database's transaction. What is not is done at most once.
	undoable: ClassVar[bool] = True
	# Whether the other side knows a repetition by its id, so that an attempt nobody saw the end of is repeated.
	repeatable: ClassVar[bool] = False
	asks: ClassVar[tuple[Ask, ...]] = ()

	def asked(self) -> Sequence[Ask]:
		"""All the builder asks for."""
		return self.asks

	def documents(self) -> Sequence[str] | None:
		"""The DocTypes it makes sense with; None: any."""
		return None

	def is_repeatable(self, settings: Settings) -> bool:
		return self.repeatable

	def fills(self, settings: Settings, document_type: str | None) -> str | None:
		"""The DocType whose fields its setting "values" fills in."""
		return document_type

	def words(self, settings: Settings, say: Say) -> str:
		"""The action in a few words, for the sentence of the trigger."""
		return say(self.label)

	def check(self, settings: Settings, document_type: str) -> None:
		"""Raises BadSettings for what cannot work, when the trigger is saved."""
		for ask in self.asked():
			if ask.required and ask.is_shown(settings) and not settings.get(ask.name):
				raise BadSettings(_("{0}: “{1}” is not filled in."), self.label, ask.label)

	def preview(self, settings: Settings, context: Context) -> Preview:
		"""What it would do. Writes and sends nothing."""
		raise NotImplementedError

	def run(self, settings: Settings, context: Context) -> Result:
		"""Do it, with the rights of the session's user."""
		raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Who:
	"""A list of people in words."""

	people: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

	def words(self, say: Say) -> str:
		labels = {
			"role": _("everybody with the role {0}"),
			"field": _("who stands in {0}"),
			"owner": _("who created it"),
			"assigned": _("whom it is assigned to"),
			"responsible": _("who is responsible"),
			"supervisor": _("the supervisor of who is responsible"),
			"me": _("the owner of the trigger"),
		}
		parts = [
			say(labels[who["kind"]], say(str(who.get("value") or "")))
			if who.get("kind") in labels
			else str(who.get("value"))
			for who in self.people
		]
		return ", ".join(parts) or say(_("nobody yet"))
