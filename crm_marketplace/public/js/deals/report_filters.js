// The filters every report of Deals has.
frappe.provide("crm_marketplace.deals");

const DEFAULT_DAYS = 89;

/**
 * @param {boolean} period with from and to
 * @param {object[]} more filters of this report only
 */
crm_marketplace.deals.report_filters = function (period, more = []) {
	const link = (fieldname, label, options) => ({ fieldname, label, fieldtype: "Link", options });
	const today = frappe.datetime.get_today();
	const days = [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(today, -DEFAULT_DAYS),
			reqd: 1,
		},
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: today, reqd: 1 },
	];
	return [
		link("pipeline", __("Pipeline"), "Deal Pipeline"),
		...(period ? days : []),
		...more,
		link("responsible", __("Responsible"), "User"),
		link("team", __("Team"), "Sales Person"),
		link("source", __("Source"), "Lead Source"),
		link("company", __("Company"), "Company"),
	];
};
