frappe.ui.form.on("Sales Order", {
	refresh(frm) {
		if (!frm.doc.marketplace_order) return;
		const shop = crm_marketplace.link("Marketplace Shop", frm.doc.marketplace_shop);
		const order = crm_marketplace.link("Marketplace Order", frm.doc.marketplace_order, frm.doc.po_no);
		const head = __("Order {0} of the shop {1}", [order, shop]);
		frm.dashboard.set_headline(head);
		if (!frappe.model.can_read("Marketplace Order")) return;
		const name = frm.doc.name;
		frappe.db
			.get_value("Marketplace Order", frm.doc.marketplace_order, ["status", "ship_by"])
			.then(({ message: found }) => {
				if (frm.doc.name !== name || !found || !found.status) return;
				const pill = crm_marketplace.state_pill("Marketplace Order", found.status);
				const ship_by = found.ship_by ? __("ship by {0}", [crm_marketplace.ship_by(found)]) : "";
				frm.dashboard.set_headline([head, pill, ship_by].filter(Boolean).join(" · "));
			});
	},
});
