frappe.ui.form.on("Party Duplicate", {
	refresh(frm) {
		if (frm.doc.state !== "Suspected" || !crm_marketplace.deals.may_judge()) return;
		if (crm_marketplace.deals.may_merge(frm.doc.party_type)) {
			frm.add_custom_button(__("Compare"), () =>
				crm_marketplace.deals.compare(frm.doc.party_type, frm.doc.other, frm.doc.one, () => frm.reload_doc())
			);
		}
		frm.add_custom_button(__("Not duplicates"), async () => {
			await crm_marketplace.deals.call("duplicates.not_duplicates", { names: [frm.doc.name] });
			frm.reload_doc();
		});
	},
});
