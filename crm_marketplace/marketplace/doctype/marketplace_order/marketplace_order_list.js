crm_marketplace.show_as_text("Marketplace Order", "Marketplace Order Line", "Marketplace Order Event");

const to_ship = () => ["status", "in", crm_marketplace.TO_SHIP];

frappe.listview_settings["Marketplace Order"] = {
	add_fields: ["status", "state", "ship_by", "needs_resolution", "sales_order", "hold_code", "currency"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		return crm_marketplace.indicator("Marketplace Order", "status", doc.status);
	},

	formatters: {
		ship_by: (value, df, doc) => crm_marketplace.ship_by(doc),
		state: (value, df, doc) => state_html(doc),
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["shop", "ship_by", "state", "total"]);
		listview.marketplace_filters = new crm_marketplace.QuickFilters(listview, [
			{
				key: "ship_today",
				label: __("To ship today"),
				color: "orange",
				filters: () => [to_ship(), ["ship_by", "Timespan", "today"]],
			},
			{
				key: "overdue",
				label: __("Overdue"),
				color: "red",
				filters: () => [to_ship(), ["ship_by", "<", frappe.datetime.system_datetime()]],
			},
			{ key: "on_hold", label: __("On hold"), color: "red", filters: () => [["state", "=", "On Hold"]] },
			{
				key: "needs_resolution",
				label: __("Needs a person"),
				color: "orange",
				filters: () => [["needs_resolution", "=", 1]],
			},
			{
				key: "to_process",
				label: __("To process"),
				color: "blue",
				filters: () => [["state", "=", "To Process"]],
			},
		]);
		if (!crm_marketplace.may_operate()) return;
		listview.page.add_actions_menu_item(__("Print Labels"), () =>
			crm_marketplace.print_labels(listview.get_checked_items(true))
		);
		const chosen = () => listview.get_checked_items(true);
		const done = () => {
			listview.clear_checked_items();
			listview.refresh();
		};
		listview.page.add_actions_menu_item(__("Try Again"), () =>
			crm_marketplace.process_orders(chosen(), done)
		);
		listview.page.add_actions_menu_item(__("Ignore…"), () =>
			crm_marketplace.ignore_orders(chosen(), done)
		);
	},

	refresh(listview) {
		listview.marketplace_filters?.refresh();
		crm_marketplace.mark_rows(listview, hold_mark);
	},
};

/** On a phone there is room for a dot only. */
function hold_mark(doc) {
	if (doc.state !== "On Hold") return "";
	const label = __("On Hold", null, "Marketplace Order");
	return `<span class="indicator red" title="${label}"></span><span class="sr-only">${label}</span>`;
}

/** What became of the order here: the document it made, or why it waits. */
function state_html(doc) {
	if (doc.state === "Done" && doc.needs_resolution) {
		return crm_marketplace.pill(__("Needs a person"), "orange");
	}
	if (doc.state === "Done" && doc.sales_order) {
		return crm_marketplace.link("Sales Order", doc.sales_order);
	}
	const reason = doc.state === "On Hold" && (frappe.boot.marketplace_holds || {})[doc.hold_code];
	return reason
		? crm_marketplace.pill(crm_marketplace.escape(reason), "red")
		: crm_marketplace.state_pill("Marketplace Order", doc.state);
}
