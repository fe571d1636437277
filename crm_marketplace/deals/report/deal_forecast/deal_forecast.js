frappe.query_reports["Deal Forecast"] = {
	onload: crm_marketplace.deals.report_opened,
	filters: crm_marketplace.deals.report_filters(false),
	formatter: crm_marketplace.deals.format_text,
};
