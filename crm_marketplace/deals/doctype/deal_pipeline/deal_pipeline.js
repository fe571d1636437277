frappe.ui.form.on("Deal Pipeline", {
	refresh(frm) {
		frm.stages = new crm_marketplace.deals.PipelineStages(frm);
		frm.stages.show();
		if (!frm.is_new()) frm.add_custom_button(__("Board"), () => frappe.set_route("deals", frm.doc.name));
	},
});
