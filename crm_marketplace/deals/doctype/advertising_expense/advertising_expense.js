frappe.ui.form.on("Advertising Expense", {
	setup(frm) {
		const of_company = (more) => () => ({ filters: { company: frm.doc.company, ...more } });
		frm.set_query("account", of_company({ root_type: "Expense" }));
		frm.set_query("cost_center", of_company());
		frm.set_query("project", of_company());
	},

	company(frm) {
		for (const field of ["account", "cost_center", "project"]) frm.set_value(field, null);
	},
});
