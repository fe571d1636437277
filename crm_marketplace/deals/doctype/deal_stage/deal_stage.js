frappe.ui.form.on("Deal Stage", {
	refresh(frm) {
		if (frm.doc.pipeline) {
			frm.add_custom_button(__("Pipeline"), () => frappe.set_route("Form", "Deal Pipeline", frm.doc.pipeline));
		}
		frappe.model.with_doctype("Deal", () => offer_fields(frm));
	},
});

/** The names of fields are chosen, not typed. */
function offer_fields(frm) {
	const kinds = ["Section Break", "Column Break", "Tab Break", "HTML", "Button", "Read Only"];
	const options = frappe
		.get_meta("Deal")
		.fields.filter((df) => !kinds.includes(df.fieldtype) && !df.read_only && !df.hidden)
		.map((df) => ({ value: df.fieldname, label: __(df.label, null, "Deal") }));
	frm.fields_dict.required_fields.grid.update_docfield_property("fieldname", "fieldtype", "Autocomplete");
	frm.fields_dict.required_fields.grid.update_docfield_property("fieldname", "options", options);
}
