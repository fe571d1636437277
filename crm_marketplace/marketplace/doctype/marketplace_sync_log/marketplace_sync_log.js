frappe.ui.form.on("Marketplace Sync Log", {
	setup(frm) {
		frm.set_df_property("stream", "formatter", (stream) =>
			crm_marketplace.escape(crm_marketplace.stream_label(stream))
		);
	},

	refresh(frm) {
		frm.page.set_title(crm_marketplace.escape(crm_marketplace.stream_label(frm.doc.stream)));
		crm_marketplace.show_errors(frm);
		const over = !["Running", "Success"].includes(frm.doc.status);
		if (over && frm.doc.shop && crm_marketplace.may_operate()) {
			frm.add_custom_button(__("Run Again"), () =>
				crm_marketplace
					.call("retry_run", { log: frm.doc.name }, __("Starting…"))
					.then(({ log }) => frappe.set_route("Form", "Marketplace Sync Log", log))
			);
		}
	},
});
