crm_marketplace.show_as_text("Marketplace Stock Level");

frappe.listview_settings["Marketplace Stock Level"] = {
	add_fields: ["pending", "last_error", "desired", "confirmed"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		const state = doc.last_error ? "Error" : doc.pending ? "Waiting" : "In Sync";
		const filter = doc.last_error ? "last_error,is,set" : `pending,=,${cint(doc.pending)}`;
		return [
			__(state, null, "Marketplace Listing"),
			crm_marketplace.color("Marketplace Listing", state),
			filter,
		];
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, [
			"listing",
			"shop",
			"channel_warehouse_id",
			"desired",
			"confirmed",
		]);
	},

	formatters: {
		desired: (value, df, doc) => crm_marketplace.level(doc.desired),
		confirmed: (value, df, doc) => crm_marketplace.level(doc.confirmed),
	},
};
