crm_marketplace.show_as_text("Deal", "Deal Item", "Deal Contact");

frappe.listview_settings["Deal"] = {
	hide_name_column: true,
	add_fields: ["stage_kind", "next_step_on", "currency"],

	get_indicator(doc) {
		const color = { Won: "green", Lost: "red", "On Hold": "orange" }[doc.stage_kind] || "blue";
		const title = frappe.utils.get_link_title("Deal Stage", doc.stage) || __(doc.stage_kind);
		return [title, color, `stage,=,${doc.stage}`];
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["party_name", "amount", "next_step", "responsible"]);
		listview.page.add_inner_button(__("Board"), () => frappe.set_route("deals"));
	},
};
