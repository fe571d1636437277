frappe.ui.form.on("Marketplace Return", {
	refresh(frm) {
		frm.disable_save(); // everything follows the marketplace
		const waits = frm.doc.state === "Ready For Pickup";
		const hours = waits && frm.doc.pickup_until ? crm_marketplace.minutes_until(frm.doc.pickup_until) / 60 : null;
		frm.get_field("pickup_until")
			.$wrapper.find(".control-value")
			.toggleClass("marketplace-overdue", hours !== null && hours < 0)
			.toggleClass("marketplace-soon", hours !== null && hours >= 0 && hours < 48);
	},
});
