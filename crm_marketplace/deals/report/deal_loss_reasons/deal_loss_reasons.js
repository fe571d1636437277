frappe.query_reports["Deal Loss Reasons"] = {
	filters: crm_marketplace.deals.report_filters(true),
};
