"""Everything Frappe calls in this app, by subject."""

app_name = "crm_marketplace"
app_title = "CRM Marketplace"
app_publisher = "CRM Marketplace contributors"
app_description = "Orders, listings, stock and prices of all your marketplace shops in one desk"
app_email = "maintainers@crm-marketplace.invalid"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]
export_python_type_annotations = True

add_to_apps_screen = [
	{
		"name": "crm_marketplace",
		"logo": "/assets/crm_marketplace/images/logo.svg",
		"title": "Marketplace",
		"route": "/app/marketplace",
		"has_permission": "crm_marketplace.setup.roles.may_see_desk",
	}
]

# Installation

before_install = "crm_marketplace.setup.install.before_install"
after_install = "crm_marketplace.setup.install.after_install"
before_migrate = "crm_marketplace.setup.install.before_migrate"
after_migrate = "crm_marketplace.setup.install.after_migrate"
before_uninstall = "crm_marketplace.setup.uninstall.before_uninstall"

# Desk

app_include_js = "crm_marketplace.bundle.js"
app_include_css = "crm_marketplace.bundle.css"
extend_bootinfo = "crm_marketplace.setup.boot.extend_bootinfo"
doctype_js = {
	"Item": "public/js/item.js",
	"Sales Order": "public/js/sales_order.js",
}
additional_timeline_content = {
	"*": ["crm_marketplace.triggers.timeline.firings"],
	"Marketplace Order": ["crm_marketplace.marketplace.timeline.order_events"],
	"Sales Order": ["crm_marketplace.marketplace.timeline.sales_order_events"],
}

override_doctype_dashboards = {
	"Contact": "crm_marketplace.deals.connections.contact",
	"Customer": "crm_marketplace.deals.connections.customer",
	"Item": "crm_marketplace.deals.connections.item",
	"Lead": "crm_marketplace.deals.connections.lead",
	"Opportunity": "crm_marketplace.deals.connections.opportunity",
	"Prospect": "crm_marketplace.deals.connections.prospect",
	"Supplier": "crm_marketplace.deals.connections.supplier",
}

# Who sees what

permission_query_conditions = {
	"Deal": "crm_marketplace.permissions.deals.deal_conditions",
	"Deal Pipeline": "crm_marketplace.permissions.deals.pipeline_conditions",
	"Deal Stage": "crm_marketplace.permissions.deals.stage_conditions",
	"Sales Plan": "crm_marketplace.permissions.plans.plan_conditions",
	"Trigger Log": "crm_marketplace.permissions.triggers.log_conditions",
	"Trigger Log Action": "crm_marketplace.permissions.triggers.action_conditions",
}
has_permission = {
	"Deal": "crm_marketplace.permissions.deals.may_see_deal",
	"Deal Pipeline": "crm_marketplace.permissions.deals.may_see_pipeline",
	"Deal Stage": "crm_marketplace.permissions.deals.may_see_stage",
	"Sales Plan": "crm_marketplace.permissions.plans.may_see_plan",
	"Trigger Log": "crm_marketplace.permissions.triggers.may_see_log",
}

# Web

page_renderer = [
	"crm_marketplace.marketplace.webhook_page.WebhookPage",
	"crm_marketplace.triggers.webhook_page.TriggerWebhookPage",
]

# Documents

doc_events = {
	# Triggers: decided from what the save holds in memory; no query where none matches.
	"*": {
		"after_insert": "crm_marketplace.triggers.engine.dispatch.after_insert",
		"on_change": "crm_marketplace.triggers.engine.dispatch.on_change",
		"on_submit": "crm_marketplace.triggers.engine.dispatch.on_submit",
		"on_cancel": "crm_marketplace.triggers.engine.dispatch.on_cancel",
	},
	# Goods ordered, moved or reserved: the shops that sell them are told within a minute.
	(
		"Sales Order",
		"Delivery Note",
		"Sales Invoice",
		"Purchase Receipt",
		"Purchase Invoice",
		"Stock Entry",
		"Stock Reconciliation",
		"Stock Reservation Entry",
		"Subcontracting Order",
		"Subcontracting Receipt",
		"Production Plan",
		"Work Order",
	): {
		"on_submit": "crm_marketplace.sync.changes.mark_document",
		"on_cancel": "crm_marketplace.sync.changes.mark_document",
		"on_update_after_submit": "crm_marketplace.sync.changes.mark_document",
	},
	# Fields that are taken away: triggers that ask about them are paused.
	"Custom Field": {"after_delete": "crm_marketplace.triggers.engine.missing.on_fields_changed"},
	"DocType": {"on_update": "crm_marketplace.triggers.engine.missing.on_fields_changed"},
	"Sales Order": {
		"before_insert": "crm_marketplace.overrides.sales_order.before_insert",
		"validate": "crm_marketplace.overrides.sales_order.validate",
		"on_cancel": "crm_marketplace.overrides.sales_order.on_cancel",
		"on_change": "crm_marketplace.overrides.sales_order.on_change",
		"on_trash": "crm_marketplace.overrides.sales_order.on_trash",
	},
	"Contact": {"on_update": "crm_marketplace.deals.duplicates.keys.follow_contact"},
	("Customer", "Lead", "Prospect"): {
		"on_update": [
			"crm_marketplace.deals.duplicates.keys.follow_party",
			"crm_marketplace.deals.party_names.follow",
		],
		"after_rename": [
			"crm_marketplace.deals.duplicates.keys.follow_rename",
			"crm_marketplace.deals.party_names.follow_rename",
		],
		"after_delete": "crm_marketplace.deals.duplicates.keys.forget_party",
	},
	"Quotation": {
		"on_change": "crm_marketplace.overrides.quotation.on_change",
		"on_trash": "crm_marketplace.overrides.quotation.on_trash",
	},
	"ToDo": {
		"validate": "crm_marketplace.overrides.todo.validate",
		"on_update": "crm_marketplace.overrides.todo.on_update",
		"after_delete": "crm_marketplace.overrides.todo.after_delete",
	},
}

# What was written past the documents' hooks, told by `sync.announce`.
marketplace_announcements = ["crm_marketplace.triggers.engine.announced.receive"]

# A Sales Order may be deleted: its Marketplace Order stays and makes it again, or is ignored.
# What the search for duplicates knows of a party goes with the party.
ignore_links_on_delete = ["Marketplace Order", "Party Key", "Party Duplicate", "Party Merge"]

# Jobs

scheduler_events = {
	"cron": {
		"* * * * *": [
			"crm_marketplace.sync.scheduler.tick",
			"crm_marketplace.deals.reminders.tick",
			"crm_marketplace.triggers.engine.timetable.tick",
		],
		"*/5 * * * *": ["crm_marketplace.deals.assignment.tick"],
		"0 8 * * *": ["crm_marketplace.deals.reminders.digest"],
	},
	"hourly_long": [
		"crm_marketplace.deals.documents.follow_expired",
		"crm_marketplace.sync.alerts.check_silence",
	],
	"daily_long": [
		"crm_marketplace.sync.retention.daily",
		"crm_marketplace.deals.duplicates.night.nightly",
		"crm_marketplace.deals.segments.nightly",
		"crm_marketplace.sync.stock.velocity.daily",
		"crm_marketplace.sync.keys.daily",
		"crm_marketplace.triggers.engine.missing.check_all",
	],
}

# Data keeping

default_log_clearing_doctypes = {"Marketplace Sync Log": 30, "Trigger Log": 90}
user_data_fields = [
	{
		"doctype": "Marketplace Order",
		"filter_by": "buyer_email",
		"redact_fields": ["buyer_name", "buyer_phone", "buyer_email", "buyer_address", "record", "payload"],
	},
]
