frappe.query_reports["Marketplace Stock in Shops"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{ fieldname: "shop", label: __("Shop"), fieldtype: "Link", options: "Marketplace Shop" },
		{ fieldname: "warehouse", label: __("Warehouse"), fieldtype: "Link", options: "Warehouse" },
		{ fieldname: "item_group", label: __("Item Group"), fieldtype: "Link", options: "Item Group" },
		{
			fieldname: "item",
			label: __("Item", null, "Marketplace Listing"),
			fieldtype: "Link",
			options: "Item",
		},
		{
			fieldname: "only_differences",
			label: __("Only differences"),
			fieldtype: "Check",
			default: 1,
		},
		{ fieldname: "page", label: __("Page", null, "Marketplace Stock Level"), fieldtype: "Int", default: 1 },
	],

	onload: (report) => crm_marketplace.add_repair_button(report),

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		switch (column.fieldname) {
			case "listing":
				return crm_marketplace.link("Marketplace Listing", data.listing, data.title || data.offer_id);
			case "kind":
				return crm_marketplace.stock_kind_pill(value);
			case "on_hand":
			case "reserved":
			case "free":
				return value === null || value === undefined ? "" : crm_marketplace.number(value);
			case "desired":
			case "published":
				return crm_marketplace.level(data[column.fieldname]);
			case "difference":
				return difference_html(value);
			case "item":
				return crm_marketplace.link_if_readable("Item", value);
			case "item_name":
			case "offer_id":
			case "reason":
			case "explanation":
				return crm_marketplace.as_text(value);
			default:
				return default_formatter(value, row, column, data);
		}
	},
};

function difference_html(value) {
	if (!value) return "";
	const text = `${value > 0 ? "+" : "−"}${crm_marketplace.number(Math.abs(value))}`;
	// More than there is may be sold twice; less only sells slower.
	return `<span class="${value > 0 ? "marketplace-overdue" : "marketplace-soon"}">${text}</span>`;
}
