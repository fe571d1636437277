// What every report of Deals has: its filters, and cells that show a text as it was written.
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

/**
 * `onload` of every report of Deals: it may be opened by a link that names a pipeline. Frappe asks for the title of
 * a link behind the report's back and takes the field for empty until it has come; we wait for it.
 */
crm_marketplace.deals.report_opened = async function (report) {
	for (const filter of report.filters) {
		if (filter.df.fieldtype !== "Link" || !filter.value || filter.get_value()) continue;
		await frappe.utils.fetch_link_title(filter.df.options, filter.value);
		await filter.set_value(filter.value);
	}
};

/** Formatter: Frappe puts texts into a report's cells as HTML, and names of records a reader may not open. */
crm_marketplace.deals.format_text = function (value, row, column, data, default_formatter) {
	const is_text =
		["Data", "Small Text", "Text"].includes(column.fieldtype) ||
		(column.fieldtype === "Link" && !frappe.model.can_read(column.options));
	const escaped = is_text && typeof value === "string" ? crm_marketplace.escape(value) : value;
	const shown = default_formatter(escaped, row, column, data);
	return column.behind && value && data && data.key !== undefined
		? crm_marketplace.deals.link_behind(shown, column, data)
		: shown;
};
