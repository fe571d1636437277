"""What a trigger does at a marketplace: whatever the connector of the document's shop offers.

A new thing to do is an entry of `SHOP_ACTIONS`, under the capability it needs; another app brings its own by the
hook `marketplace_trigger_actions`. Streams are entries by themselves. The builder shows an entry as soon as the
connector of a shop has the capability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import frappe

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import IntegrationError, RateLimited
from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.sync import connection, scheduler
from crm_marketplace.sync.after_sale import reviews
from crm_marketplace.sync.alerts import stream_label
from crm_marketplace.sync.messages import error_sentence, translated
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, Shop, connector_hooks, get_shop
from crm_marketplace.triggers.actions.base import (
	Action,
	ActionFailed,
	Ask,
	BadSettings,
	Preview,
	Result,
	Settings,
	TryLater,
	_,
)
from crm_marketplace.triggers.engine.context import Context
from crm_marketplace.triggers.engine.shops import SHOP, documents_of_shops, shop_of

HOOK = "marketplace_trigger_actions"  # capability → paths of ShopActions
ORDER, REVIEW = "Marketplace Order", "Marketplace Review"
PATIENCE = 20  # seconds a connector may wait


@dataclass(frozen=True, slots=True)
class ShopAction:
	"""One thing to do at the marketplace.

	Args:
		key: what the trigger keeps; never changes.
		label: what is done, for a sentence: "cancel the order at the marketplace".
		run: does it with the rights of the session's user. May raise IntegrationError and ActionFailed.
		documents: DocTypes it is done with; none: all that belong to a shop.
		asks: what the builder asks for besides. Actions may share a name where they mean the same by it.
		values: of the label.
		repeatable: doing it twice is doing it once. It is tried again when the marketplace does not answer or a
			worker dies; another one is not.
	"""

	key: str
	label: str
	run: Callable[[Shop, Context, Settings], Result]
	documents: tuple[str, ...] = ()
	asks: tuple[Ask, ...] = ()
	values: tuple[str, ...] = ()
	repeatable: bool = False


class MarketplaceAction(Action):
	type = "Marketplace Action"
	label = _("Act in the shop")
	help = _("What the marketplace of the shop can do.")
	icon = "retail"
	undoable = False
	asks = (Ask("action", "select", _("What"), options="marketplace_actions", required=True),)

	def asked(self) -> Sequence[Ask]:
		return (*self.asks, *_asks_of_all())

	def documents(self) -> Sequence[str]:
		return documents_of_shops()

	def is_repeatable(self, settings: Settings) -> bool:
		found = _find(settings)
		return bool(found and found[1].repeatable)

	def words(self, settings: Settings, say: Say) -> str:
		found = _find(settings)
		return say(found[1].label, *found[1].values) if found else say(self.label)

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		found = _find(settings)
		if found is None:
			raise BadSettings(_("No shop offers “{0}”."), settings["action"])
		if document_type and document_type not in documents_of_shops():
			raise BadSettings(_("{0} does not belong to a shop."), document_type)
		_capability, action = found
		if document_type and action.documents and document_type not in action.documents:
			raise BadSettings(_("“{0}” cannot be done with {1}."), action.label, document_type)

	def preview(self, settings: Settings, context: Context) -> Preview:
		action, shop = self._chosen(settings, context)
		return Preview(_("In the shop {0}: {1}."), (shop.name, translated(action.label, action.values)))

	def run(self, settings: Settings, context: Context) -> Result:
		action, shop = self._chosen(settings, context)
		context.doc.check_permission("write")
		try:
			return action.run(shop, context, settings)
		except IntegrationError as error:
			if error.policy.retry and (action.repeatable or _nothing_was_done(error)):
				raise TryLater(
					_("The marketplace did not take it yet: {0}"), error_sentence(error)
				) from error
			raise ActionFailed(_("The marketplace refused: {0}"), error_sentence(error)) from error

	def _chosen(self, settings: Settings, context: Context) -> tuple[ShopAction, Shop]:
		found = _find(settings)
		name = shop_of(context.doc)
		if found is None or not name:
			raise ActionFailed(_("No shop offers “{0}”."), settings.get("action"))
		capability, action = found
		shop = get_shop(name)
		if capability not in shop.info.capabilities:
			raise ActionFailed(_("The marketplace of the shop {0} does not offer this."), name)
		return action, shop


def offered_now() -> list[ShopAction]:
	"""What at least one enabled shop's connector offers."""
	now = capabilities()
	return [action for capability, action in _entries() if capability in now]


def capabilities() -> frozenset[Capability]:
	"""What the connectors of the enabled shops can do, all together. One query."""
	names = frappe.get_all(
		SHOP, filters={"enabled": 1}, pluck="marketplace", distinct=True, order_by="marketplace asc"
	)
	hooks = connector_hooks()
	return frozenset().union(*(registry.get(name, hooks).info.capabilities for name in names))


# --- inside ----------------------------------------------------------------------------------------


def _entries() -> Iterator[tuple[Capability, ShopAction]]:
	"""All actions there are; the first of a key counts."""
	known: set[str] = set()
	for capability, action in _all():
		if action.key not in known:
			known.add(action.key)
			yield capability, action


def _all() -> Iterator[tuple[Capability, ShopAction]]:
	for capability, actions in SHOP_ACTIONS.items():
		yield from ((capability, action) for action in actions)
	for name, paths in (frappe.get_hooks(HOOK) or {}).items():
		yield from ((Capability(name), frappe.get_attr(path)) for path in paths)
	for stream, capability in CAPABILITY_OF_STREAM.items():
		label = _("start the run “{0}”")
		yield (
			capability,
			ShopAction(stream, label, _stream(stream), values=(stream_label(stream),), repeatable=True),
		)


def _find(settings: Settings) -> tuple[Capability, ShopAction] | None:
	wanted = settings.get("action")
	return next((entry for entry in _entries() if entry[1].key == wanted), None)


def _asks_of_all() -> list[Ask]:
	"""What the actions ask for; each is shown for those that ask for it."""
	asks: dict[str, Ask] = {}
	keys: dict[str, list[str]] = {}
	for _capability, action in _entries():
		for ask in action.asks:
			asks.setdefault(ask.name, ask)
			keys.setdefault(ask.name, []).append(action.key)
	return [ask.only_if("action", *keys[name]) for name, ask in asks.items()]


def _nothing_was_done(error: IntegrationError) -> bool:
	return isinstance(error, RateLimited) or bool(getattr(error, "not_sent", False))


def _stream(stream: str) -> Callable[[Shop, Context, Settings], Result]:
	def start(shop: Shop, context: Context, settings: Settings) -> Result:
		scheduler.enqueue(shop.name, stream, started_by="Change")
		return Result(_("A run was started in the shop {0}."), (shop.name,), SHOP, shop.name)

	return start


def _cancel(shop: Shop, context: Context, settings: Settings) -> Result:
	order = context.doc.external_id
	connector = shop.connect(patience=PATIENCE)
	reasons = connector.cancel_reasons(order)
	wanted = context.render(settings.get("reason")).strip().casefold()
	chosen = next(
		(reason for reason in reasons if wanted and wanted in (reason.external_id, reason.title.casefold())),
		None,
	)
	if chosen is None:
		titles = ", ".join(reason.title for reason in reasons)
		raise ActionFailed(_("The marketplace knows these reasons to cancel: {0}."), titles)
	connector.cancel_order(order, chosen.external_id, wanted if chosen.needs_message else "")
	return Result(_("The order {0} was cancelled at the marketplace."), (order,), ORDER, context.doc.name)


def _answer_review(shop: Shop, context: Context, settings: Settings) -> Result:
	if context.doc.is_answered:
		raise ActionFailed(_("This review is answered already."))
	text = context.render(settings.get("answer")).strip()
	if not text or len(text) > shop.info.review_answer_length:
		raise ActionFailed(
			_("An answer has from 1 to {0} characters, this one has {1}."),
			shop.info.review_answer_length,
			len(text),
		)
	reviews.answer(shop, context.doc.name, text, patience=PATIENCE)
	return Result(_("The review was answered: {0}"), (text,), REVIEW, context.doc.name)


def _test_connection(shop: Shop, context: Context, settings: Settings) -> Result:
	found = connection.test(shop)
	if found["status"] in ("Working", "Limited"):
		return Result(_("The connection of the shop {0} works."), (shop.name,), SHOP, shop.name)
	raise ActionFailed(_("The connection of the shop {0} does not work: {1}"), shop.name, found["message"])


def _fetch_warehouses(shop: Shop, context: Context, settings: Settings) -> Result:
	found = connection.fetch_warehouses(shop)
	return Result(
		_("The warehouses of the shop {0} were fetched, {1} of them new."),
		(shop.name, found["added"]),
		SHOP,
		shop.name,
	)


SHOP_ACTIONS: Mapping[Capability, tuple[ShopAction, ...]] = {
	Capability.ORDERS: (ShopAction("orders", _("fetch orders now"), _stream("orders"), repeatable=True),),
	Capability.STOCK: (ShopAction("stock", _("send stock now"), _stream("stock"), repeatable=True),),
	Capability.PRICES: (ShopAction("prices", _("send prices now"), _stream("prices"), repeatable=True),),
	Capability.LISTINGS: (
		ShopAction("listings", _("fetch listings now"), _stream("listings"), repeatable=True),
	),
	Capability.CANCELLATION: (
		ShopAction(
			"cancel",
			_("cancel the order at the marketplace"),
			_cancel,
			documents=(ORDER,),
			asks=(
				Ask(
					"reason",
					"template",
					_("Reason"),
					_("In words of the marketplace. With a wrong one the log says which there are."),
					required=True,
				),
			),
			repeatable=True,  # an order that is cancelled already counts as cancelled
		),
	),
	Capability.FEEDBACK: (
		ShopAction(
			"answer_review",
			_("answer the review in public"),
			_answer_review,
			documents=(REVIEW,),
			asks=(
				Ask(
					"answer",
					"template",
					_("Text of the answer"),
					_("Everybody sees it at the marketplace."),
					required=True,
				),
			),
		),
	),
	Capability.CREDENTIALS: (
		ShopAction("test_connection", _("test the connection"), _test_connection, repeatable=True),
	),
	Capability.WAREHOUSES: (
		ShopAction("warehouses", _("fetch the warehouses"), _fetch_warehouses, repeatable=True),
	),
}
