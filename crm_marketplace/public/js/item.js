frappe.ui.form.on("Item", {
	refresh(frm) {
		if (!frm.is_new() && frappe.model.can_read("Marketplace Listing")) crm_marketplace.show_item_in_shops(frm);
	},
});
