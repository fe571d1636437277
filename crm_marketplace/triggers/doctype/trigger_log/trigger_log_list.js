crm_marketplace.show_as_text("Trigger Log", "Trigger Log Action");

frappe.listview_settings["Trigger Log"] = {
	hide_name_column: true,
	add_fields: ["status"],
	get_indicator(doc) {
		const color = { Waiting: "blue", Done: "green", Failed: "red", Stopped: "gray", Uncertain: "orange" }[doc.status];
		return [__(doc.status, null, "Trigger Log"), color, `status,=,${doc.status}`];
	},
};
