frappe.ui.form.on("Party Merge", {
	refresh(frm) {
		if (frm.doc.state !== "Merged" || !crm_marketplace.deals.may_merge(frm.doc.party_type)) return;
		frm.add_custom_button(__("Take It Back"), () =>
			frappe.confirm(
				__("Move everything back to {0}?", [crm_marketplace.escape(frm.doc.source_name)]),
				async () => {
					const answer = await crm_marketplace.deals.call("duplicates.undo_merge", { journal: frm.doc.name });
					frappe.show_alert({ message: __("{0} links went back.", [answer.moved]), indicator: "green" });
					frm.reload_doc();
				}
			)
		);
	},
});
