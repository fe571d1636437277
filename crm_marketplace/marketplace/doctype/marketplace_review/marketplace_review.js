frappe.ui.form.on("Marketplace Review", {
	refresh(frm) {
		frm.disable_save();
		crm_marketplace.show_review(frm);
		frm.toggle_display(["words_section", "rating"], false);
		const name = frm.doc.name;
		if (frm.doc.is_answered || !frappe.model.can_write("Marketplace Review")) return;
		crm_marketplace.call("review_answering", { review: name }).then(({ may_answer }) => {
			if (!may_answer || frm.doc.name !== name) return;
			frm.add_custom_button(__("Answer", null, "Marketplace Review"), () =>
				crm_marketplace.answer_review(frm)
			).addClass("btn-primary");
		});
	},
});
