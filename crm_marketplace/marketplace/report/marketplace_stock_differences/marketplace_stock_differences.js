frappe.query_reports["Marketplace Stock Differences"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{ fieldname: "shop", label: __("Shop"), fieldtype: "Link", options: "Marketplace Shop" },
		{ fieldname: "offer_id", label: __("Offer ID"), fieldtype: "Data" },
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: crm_marketplace.stock_kind_options("Waiting", "Error", "Drift", "Repaired"),
		},
	],

	onload: (report) => crm_marketplace.add_repair_button(report),

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		switch (column.fieldname) {
			case "listing":
				return crm_marketplace.link("Marketplace Listing", data.listing, data.title || data.offer_id);
			case "kind":
				return crm_marketplace.stock_kind_pill(value);
			case "desired":
			case "confirmed":
			case "remote":
			case "believed":
				return crm_marketplace.level(data[column.fieldname]);
			case "item":
				return crm_marketplace.link_if_readable("Item", value);
			case "offer_id":
			case "channel_warehouse_id":
			case "explanation":
			case "last_error":
				return crm_marketplace.as_text(value);
			default:
				return default_formatter(value, row, column, data);
		}
	},
};
