frappe.query_reports["Deal Funnel"] = {
	filters: crm_marketplace.deals.report_filters(true),
};
