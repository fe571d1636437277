frappe.query_reports["Deal Time in Stage"] = {
	filters: crm_marketplace.deals.report_filters(true),
};
