frappe.ui.form.on("Marketplace Listing Price", {
	refresh(frm) {
		crm_marketplace.show_price(frm, frm.doc.listing);
	},
});
