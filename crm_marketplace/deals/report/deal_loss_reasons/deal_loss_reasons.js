frappe.query_reports["Deal Loss Reasons"] = {
	onload: crm_marketplace.deals.report_opened,
	filters: crm_marketplace.deals.report_filters(true),
	formatter: crm_marketplace.deals.format_text,
};
