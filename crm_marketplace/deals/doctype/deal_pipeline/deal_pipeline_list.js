crm_marketplace.show_as_text("Deal Pipeline");

frappe.listview_settings["Deal Pipeline"] = {
	hide_name_column: true,

	onload(listview) {
		if (!frappe.model.can_create("Deal Pipeline")) return;
		listview.page.add_inner_button(__("Add a ready pipeline"), () =>
			crm_marketplace.deals.choose_pipeline((name) => frappe.set_route("deals", name))
		);
	},
};
