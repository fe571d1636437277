frappe.query_reports["Deals Plan and Fact"] = {
	onload: crm_marketplace.deals.report_opened,
	filters: [
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "Deal Pipeline" },
		{
			fieldname: "month",
			label: __("Month"),
			fieldtype: "Date",
			// Not month_start(): that is the month of the computer's zone, and plans are of the site's.
			default: frappe.datetime.get_today().replace(/\d\d$/, "01"),
			reqd: 1,
		},
	],
	formatter(value, row, column, data, format) {
		const shown = crm_marketplace.deals.format_text(value, row, column, data, format);
		if (column.fieldtype !== "Percent" || value === null || value === undefined) return shown;
		const colour = value >= 100 ? "green" : value >= data.gone ? "blue" : "orange";
		return `<span class="indicator ${colour}">${shown}</span>`;
	},
};
