crm_marketplace.show_as_text("Marketplace Return", "Marketplace Return Line");

frappe.listview_settings["Marketplace Return"] = {
	add_fields: ["state", "goods", "pickup_until", "order_external_id", "reason"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		return crm_marketplace.indicator("Marketplace Return", "state", doc.state);
	},

	formatters: {
		pickup_until: (value) => crm_marketplace.short_datetime(value),
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["goods", "reason", "shop", "pickup_until"]);
		const state = (value) => () => [["state", "=", value]];
		listview.marketplace_filters = new crm_marketplace.QuickFilters(listview, [
			{
				key: "ready",
				label: __("Ready For Pickup", null, "Marketplace Return"),
				color: "red",
				filters: state("Ready For Pickup"),
			},
			{
				key: "moving",
				label: __("On The Way", null, "Marketplace Return"),
				color: "blue",
				filters: state("On The Way"),
			},
			{
				key: "requested",
				label: __("Requested", null, "Marketplace Return"),
				color: "orange",
				filters: state("Requested"),
			},
		]);
	},

	refresh(listview) {
		listview.marketplace_filters?.refresh();
	},
};
