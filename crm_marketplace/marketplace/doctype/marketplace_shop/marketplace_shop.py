from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import today

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.rules.orders import DEFAULT_POLICY
from crm_marketplace.sync import streams, webhooks
from crm_marketplace.sync.messages import error_next_step, error_sentence
from crm_marketplace.sync.orders.process import release_holds
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, Shop, connector_hooks

# Holds that a change of the shop may release.
SHOP_HOLDS = (
	"warehouse_missing",
	"price_list_missing",
	"price_list_disabled",
	"taxes_missing",
	"charges_account_missing",
	"totals_differ",
)
WANTED_WORDS = {0: "Nothing", 1: "Draft", 2: "Submitted"}


class MarketplaceShop(Document):
	def before_validate(self) -> None:
		self.set_defaults()
		self.complete_tables()

	def validate(self) -> None:
		self.validate_marketplace()
		self.validate_server_address()
		self.validate_warehouses()
		self.validate_accounts()
		self.validate_intervals()
		self.validate_prices()
		self.forget_checked_connection()

	@property
	def webhook_address(self) -> str | None:
		"""Shown to those who may change the shop."""
		if not self.webhooks_enabled or not self.has_permission("write"):
			return None
		return webhooks.address(Shop(self))

	def before_save(self) -> None:
		self.make_webhook_secret()

	def on_update(self) -> None:
		streams.follow_shop(self)
		self.release_waiting_orders()

	def on_trash(self) -> None:
		self.delete_own_records()

	# --- defaults ------------------------------------------------------------------------------

	def set_defaults(self) -> None:
		"""A new shop works with what the site already says."""
		if not self.is_new():
			return
		self.selling_price_list = self.selling_price_list or frappe.db.get_single_value(
			"Selling Settings", "selling_price_list"
		)
		self.order_start_date = self.order_start_date or today()
		if self.buyer_days is None:
			self.buyer_days = frappe.db.get_single_value("Marketplace Settings", "buyer_days")

	def complete_tables(self) -> None:
		"""One row for each stream the connector has, and for each status."""
		known_streams = {row.stream for row in self.streams}
		capabilities = self.connector_info().capabilities
		for stream, minutes in streams.DEFAULT_INTERVALS.items():
			if stream not in known_streams and CAPABILITY_OF_STREAM[stream] in capabilities:
				enabled = int(stream not in streams.OFF_AS_INSTALLED)
				self.append("streams", {"stream": stream, "enabled": enabled, "interval_minutes": minutes})
		known_statuses = {row.order_status for row in self.status_policy}
		for status in OrderStatus:
			if status.value not in known_statuses:
				policy = DEFAULT_POLICY[status]
				self.append(
					"status_policy",
					{
						"order_status": status.value,
						"sales_order": WANTED_WORDS[policy.sales_order],
						"delivery_note": WANTED_WORDS[policy.delivery_note],
						"sales_invoice": WANTED_WORDS[policy.sales_invoice],
					},
				)

	# --- checks --------------------------------------------------------------------------------

	def connector_info(self):
		try:
			return registry.get(self.marketplace, connector_hooks()).info
		except IntegrationError as error:
			frappe.throw(f"{error_sentence(error)} {error_next_step(error)}")

	def validate_marketplace(self) -> None:
		self.connector_info()

	def validate_server_address(self) -> None:
		if self.server_address and not frappe.conf.get("allow_marketplace_sandbox"):
			frappe.throw(
				_("This site does not allow training servers. Empty the field {0}.").format(
					_(self.meta.get_label("server_address"))
				)
			)

	def validate_warehouses(self) -> None:
		names = [row.warehouse for row in self.warehouses if row.warehouse]
		companies = dict(
			frappe.get_all(
				"Warehouse", filters={"name": ("in", names or [""])}, fields=["name", "company"], as_list=True
			)
		)
		groups = set(
			frappe.get_all("Warehouse", filters={"name": ("in", names or [""]), "is_group": 1}, pluck="name")
		)
		seen: set[tuple[str, str]] = set()
		for row in self.warehouses:
			if not row.warehouse:
				continue
			if companies.get(row.warehouse) != self.company:
				frappe.throw(
					_("Row {0}: warehouse {1} does not belong to {2}.").format(
						row.idx, row.warehouse, self.company
					)
				)
			if row.warehouse in groups:
				frappe.throw(
					_("Row {0}: {1} is a group of warehouses. Choose one of its warehouses.").format(
						row.idx, row.warehouse
					)
				)
			key = (row.channel_warehouse_id, row.warehouse)
			if key in seen:
				frappe.throw(_("Row {0}: this pair of warehouses is in the table twice.").format(row.idx))
			seen.add(key)

	def validate_accounts(self) -> None:
		for field in ("rounding_account", "charges_account"):
			account = self.get(field)
			if account and frappe.get_cached_value("Account", account, "company") != self.company:
				frappe.throw(_("Account {0} does not belong to {1}.").format(account, self.company))
		if (
			self.cost_center
			and frappe.get_cached_value("Cost Center", self.cost_center, "company") != self.company
		):
			frappe.throw(_("Cost center {0} does not belong to {1}.").format(self.cost_center, self.company))

	def validate_intervals(self) -> None:
		for row in self.streams:
			if (row.interval_minutes or 0) < 1:
				frappe.throw(_("Row {0}: a stream runs every minute at most.").format(row.idx))

	def validate_prices(self) -> None:
		"""Rules that could only make prices nobody means."""
		if (self.price_markup or 0) <= -100:
			frappe.throw(_("A markup of −100 % or less leaves nothing of the price."))
		for field in ("minimum_price_share", "minimum_margin", "fee_share"):
			if (self.get(field) or 0) > 100:
				frappe.throw(_("{0} cannot be more than 100 %.").format(_(self.meta.get_label(field))))

	def forget_checked_connection(self) -> None:
		"""Other credentials: what the last check said is no longer true, and places in lists lead nowhere."""
		slots = ("public_credential_1", "public_credential_2", "server_address")
		secrets = ("secret_credential_1", "secret_credential_2")
		changed = any(self.has_value_changed(slot) for slot in slots) or any(
			self.get(slot) and not self.is_dummy_password(self.get(slot)) for slot in secrets
		)
		if changed and not self.is_new():
			self.connection_status = "Not Checked"
			streams.forget_places(self.name)

	def make_webhook_secret(self) -> None:
		if self.webhooks_enabled and not self.webhook_digest:
			self.webhook_secret, self.webhook_digest = webhooks.new_secret()

	# --- what follows --------------------------------------------------------------------------

	def release_waiting_orders(self) -> None:
		"""Orders that waited for the shop's settings try again with the next run."""
		before = self.get_doc_before_save()
		if before is None:
			return
		for code in SHOP_HOLDS:
			release_holds(self.name, code)

	def delete_own_records(self) -> None:
		"""State and numbers of the shop go with it; orders and listings keep it from being deleted."""
		for doctype in (
			"Marketplace Order",
			"Marketplace Listing",
			"Marketplace Return",
			"Marketplace Review",
		):
			if frappe.db.exists(doctype, {"shop": self.name}):
				frappe.throw(
					_("This shop has orders or listings. Switch it off instead: its history stays readable.")
				)
		for doctype in (
			"Marketplace Stock Level",
			"Marketplace Listing Price",
			"Marketplace Stream",
			"Marketplace Sync Log",
		):
			frappe.db.delete(doctype, {"shop": self.name})
