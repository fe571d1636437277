frappe.query_reports["Deal Staff Activity"] = {
	filters: crm_marketplace.deals.report_filters(true),
};
