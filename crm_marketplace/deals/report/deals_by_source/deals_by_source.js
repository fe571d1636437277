frappe.query_reports["Deals by Source"] = {
	onload: crm_marketplace.deals.report_opened,
	filters: crm_marketplace.deals.report_filters(true, [
		{
			fieldname: "by",
			label: __("By"),
			fieldtype: "Select",
			options: [
				{ value: "Source", label: __("Source") },
				{ value: "Campaign", label: __("Campaign") },
				{ value: "UTM Source", label: __("UTM Source") },
			],
			default: "Source",
		},
	]),
	formatter: crm_marketplace.deals.format_cost,
};
