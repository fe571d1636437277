crm_marketplace.show_as_text("Marketplace Listing Price");

frappe.listview_settings["Marketplace Listing Price"] = {
	add_fields: ["listing", "desired", "pending", "hold_code", "in_quarantine", "last_error"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		if (doc.hold_code) {
			return [__("Held back", null, "Marketplace Listing Price"), "red", "hold_code,is,set"];
		}
		if (doc.in_quarantine) return [__("In Quarantine"), "orange", "in_quarantine,=,1"];
		if (doc.last_error) return [__("Error", null, "Marketplace Listing"), "red", "last_error,is,set"];
		if (doc.pending) return [__("Waiting", null, "Marketplace Listing"), "blue", "pending,=,1"];
		return [__("In Sync", null, "Marketplace Listing"), "green", "pending,=,0"];
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["listing", "shop", "desired", "confirmed"]);
		listview.marketplace_filters = new crm_marketplace.QuickFilters(listview, [
			{
				key: "held",
				label: __("Held back", null, "Marketplace Listing Price"),
				color: "red",
				filters: () => [["hold_code", "is", "set"]],
			},
			{
				key: "quarantine",
				label: __("In Quarantine"),
				color: "orange",
				filters: () => [["in_quarantine", "=", 1]],
			},
			{
				key: "waiting",
				label: __("Waiting", null, "Marketplace Listing"),
				color: "blue",
				filters: () => [["pending", "=", 1]],
			},
		]);
		if (crm_marketplace.may_manage()) add_allow(listview);
	},

	refresh(listview) {
		listview.marketplace_filters?.refresh();
	},
};

function add_allow(listview) {
	listview.page.add_actions_menu_item(__("Allow", null, "Marketplace Listing Price"), () => {
		const held = listview.get_checked_items().filter(({ hold_code }) => hold_code);
		if (!held.length) {
			frappe.msgprint(__("Choose prices that are held back."));
			return;
		}
		crm_marketplace.allow_prices(
			held.map(({ listing, desired }) => ({ listing, price: desired })),
			() => {
				listview.clear_checked_items();
				listview.refresh();
			}
		);
	});
}
