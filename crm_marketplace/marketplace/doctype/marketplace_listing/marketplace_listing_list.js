crm_marketplace.show_as_text("Marketplace Listing", "Marketplace Listing Component");

frappe.listview_settings["Marketplace Listing"] = {
	add_fields: ["match_status", "suggested_item", "image", "offer_id", "item", "is_kit", "stock_state"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		return crm_marketplace.indicator("Marketplace Listing", "match_status", doc.match_status);
	},

	formatters: {
		state: (value) => crm_marketplace.state_pill("Marketplace Listing", value),
		item: (value, df, doc) => item_html(doc),
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["offer_id", "item", "shop", "state", "confirmed_quantity"]);
		listview.marketplace_filters = new crm_marketplace.QuickFilters(listview, [
			{
				key: "unmatched",
				label: __("Unmatched", null, "Marketplace Listing"),
				color: "red",
				filters: () => [["match_status", "=", "Unmatched"]],
			},
			{
				key: "suggested",
				label: __("Suggested", null, "Marketplace Listing"),
				color: "orange",
				filters: () => [["match_status", "=", "Suggested"]],
			},
			{
				key: "stock_error",
				label: __("Stock errors"),
				color: "red",
				filters: () => [["stock_state", "=", "Error"]],
			},
			{
				key: "blocked",
				label: __("Blocked at the marketplace"),
				color: "orange",
				filters: () => [["state", "=", "Blocked"]],
			},
		]);
		listview.page.add_inner_button(__("Unmatched Inbox"), () => frappe.set_route("marketplace-matching"));
		if (crm_marketplace.may_operate()) add_actions(listview);
	},

	refresh(listview) {
		listview.marketplace_filters?.refresh();
		crm_marketplace.mark_rows(listview, null, (doc) => crm_marketplace.thumbnail(doc.image));
	},
};

function item_html(doc) {
	if (doc.is_kit) return crm_marketplace.pill(__("Set", null, "Marketplace Listing"), "blue");
	if (doc.item) return crm_marketplace.link("Item", doc.item);
	if (doc.match_status !== "Suggested") return "";
	return `<span class="text-muted">${crm_marketplace.escape(doc.suggested_item)}?</span>`;
}

function add_actions(listview) {
	const chosen = () => listview.get_checked_items(true);
	const done = () => {
		listview.clear_checked_items();
		listview.refresh();
	};
	const add = (label, action) => listview.page.add_actions_menu_item(label, action);
	add(__("Confirm Suggestions"), () => crm_marketplace.confirm_suggestions(chosen(), done));
	add(__("Match Again"), () => crm_marketplace.match_again(chosen(), done));
	add(__("Link to Item"), () => {
		const [first, ...others] = listview.get_checked_items();
		if (others.length) {
			frappe.msgprint(__("Choose one listing: each is linked to its own item."));
			return;
		}
		crm_marketplace.link_dialog(first, done);
	});
	add(__("Ignore", null, "Marketplace Listing"), () => crm_marketplace.ignore_listings(chosen(), done));
	listview.page.add_menu_item(__("Import Stock Rules"), () =>
		crm_marketplace.stock_rules_dialog(chosen_shop(listview), () => listview.refresh())
	);
}

/** The shop the list is narrowed to, if it is. */
function chosen_shop(listview) {
	const filter = listview.filter_area
		.get()
		.find(([, fieldname, operator]) => fieldname === "shop" && operator === "=");
	return filter && filter[3];
}
