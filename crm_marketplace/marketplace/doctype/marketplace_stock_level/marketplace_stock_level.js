frappe.ui.form.on("Marketplace Stock Level", {
	setup(frm) {
		for (const fieldname of ["desired", "sent", "confirmed", "remote"]) {
			frm.set_df_property(fieldname, "formatter", (value) => crm_marketplace.level(value));
		}
	},
});
