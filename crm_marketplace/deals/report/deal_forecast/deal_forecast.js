frappe.query_reports["Deal Forecast"] = {
	filters: crm_marketplace.deals.report_filters(false),
};
