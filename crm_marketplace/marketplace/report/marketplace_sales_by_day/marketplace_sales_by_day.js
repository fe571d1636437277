frappe.query_reports["Marketplace Sales by Day"] = {
	filters: [
		{
			fieldname: "measure",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Orders", label: __("Orders") },
				{ value: "Revenue", label: __("Revenue") },
			],
			default: "Orders",
			reqd: 1,
		},
		{ fieldname: "company", label: __("Company"), fieldtype: "Link", options: "Company" },
		{ fieldname: "shop", label: __("Shop"), fieldtype: "Link", options: "Marketplace Shop" },
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -29),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{ fieldname: "with_cancelled", label: __("With cancelled orders"), fieldtype: "Check" },
	],
};
