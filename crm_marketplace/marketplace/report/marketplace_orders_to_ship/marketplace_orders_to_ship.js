frappe.query_reports["Marketplace Orders to Ship"] = {
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
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: [
				"",
				...crm_marketplace.TO_SHIP.map((value) => ({
					value,
					label: __(value, null, "Marketplace Order"),
				})),
			],
		},
		{ fieldname: "until", label: __("Ship By"), fieldtype: "Date" },
		{ fieldname: "only_overdue", label: __("Only overdue"), fieldtype: "Check" },
		{ fieldname: "hide_held", label: __("Without orders on hold"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		switch (column.fieldname) {
			case "ship_by":
				return crm_marketplace.ship_by(data);
			case "order":
				return crm_marketplace.link("Marketplace Order", data.order, data.external_id);
			case "status":
			case "state":
				return crm_marketplace.state_pill("Marketplace Order", value);
			case "quantity":
				return crm_marketplace.number(value);
			case "warehouse":
				return crm_marketplace.link_if_readable("Warehouse", value);
			case "sales_order":
				return crm_marketplace.link_if_readable("Sales Order", value);
			case "goods":
			case "delivery_method":
				return crm_marketplace.as_text(value);
			default:
				return default_formatter(value, row, column, data);
		}
	},
};
