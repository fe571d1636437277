frappe.query_reports["Deal Funnel"] = {
	onload: crm_marketplace.deals.report_opened,
	filters: crm_marketplace.deals.report_filters(true, [{ fieldname: "by_source", label: __("By source"), fieldtype: "Check" }]),
	formatter: crm_marketplace.deals.format_text,
};
