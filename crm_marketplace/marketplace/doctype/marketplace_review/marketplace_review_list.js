crm_marketplace.show_as_text("Marketplace Review");

frappe.listview_settings["Marketplace Review"] = {
	add_fields: ["rating", "is_answered", "summary", "product_title", "written_at"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		return doc.is_answered
			? [__("Answered", null, "Marketplace Review"), "green", "is_answered,=,1"]
			: [__("No answer"), cint(doc.rating) <= 3 ? "red" : "orange", "is_answered,=,0"];
	},

	formatters: {
		rating: (value) => crm_marketplace.stars(value),
		written_at: (value) => crm_marketplace.short_datetime(value),
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["rating", "summary", "shop", "written_at"]);
		listview.marketplace_filters = new crm_marketplace.QuickFilters(listview, [
			{ key: "open", label: __("No answer"), color: "orange", filters: () => [["is_answered", "=", 0]] },
			{
				key: "bad",
				label: __("Few stars, no answer"),
				color: "red",
				filters: () => [
					["is_answered", "=", 0],
					["rating", "<=", 3],
				],
			},
		]);
	},

	refresh(listview) {
		listview.marketplace_filters?.refresh();
		crm_marketplace.mark_rows(listview, (doc) => crm_marketplace.short_stars(doc.rating));
	},
};
