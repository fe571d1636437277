frappe.ui.form.on("Trigger", {
	refresh(frm) {
		if (frm.is_new()) {
			frappe.set_route("trigger-builder", "new");
			return;
		}
		frm.add_custom_button(__("Open in the Builder"), () => frappe.set_route("trigger-builder", frm.doc.name)).addClass(
			"btn-primary"
		);
		crm_marketplace.trigger_call("trigger", { name: frm.doc.name }).then(({ sentence }) => {
			frm.get_field("builder_html").$wrapper.html(
				`<div class="trigger-sentence">${crm_marketplace.trigger_sentence(sentence)}</div>`
			);
		});
	},
});
