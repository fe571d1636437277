frappe.query_reports["Deals Needing Attention"] = {
	onload: crm_marketplace.deals.report_opened,
	filters: crm_marketplace.deals.report_filters(false, [
		{
			fieldname: "trouble",
			label: __("What is wrong"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "No next step", label: __("No next step") },
				{ value: "Overdue", label: __("Overdue") },
				{ value: "Stuck", label: __("Stuck") },
			],
		},
	]),
	formatter: crm_marketplace.deals.format_text,
};
