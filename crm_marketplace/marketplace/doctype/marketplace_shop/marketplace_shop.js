frappe.ui.form.on("Marketplace Shop", {
	setup(frm) {
		const of_company = (more) => () => ({ filters: { company: frm.doc.company, ...more } });
		frm.set_query("warehouse", "warehouses", of_company({ is_group: 0, disabled: 0 }));
		frm.set_query("cost_center", of_company({ is_group: 0, disabled: 0 }));
		frm.set_query("taxes_and_charges", of_company({ disabled: 0 }));
		frm.set_query("rounding_account", of_company({ is_group: 0, disabled: 0 }));
		frm.set_query("charges_account", of_company({ is_group: 0, disabled: 0 }));
		frm.set_query("customer_group", () => ({ filters: { is_group: 0 } }));
		frm.set_query("territory", () => ({ filters: { is_group: 0 } }));
	},

	onload(frm) {
		frm.fields_dict.streams.grid.update_docfield_property("stream", "formatter", (stream) =>
			crm_marketplace.escape(crm_marketplace.stream_label(stream))
		);
	},

	refresh(frm) {
		show_connector(frm);
		if (frm.is_new()) return;
		crm_marketplace.show_checklist(frm);
		crm_marketplace.show_health(frm);
		add_buttons(frm);
	},

	marketplace: show_connector,

	webhooks_enabled: show_connector,

	preview_prices: (frm) => saved(frm, crm_marketplace.preview_prices),

	after_save(frm) {
		// A new shop continues at its checklist.
		if (frm.__was_new) frm.set_active_tab(frm.layout.tabs[0]);
		frm.__was_new = false;
	},

	before_save(frm) {
		frm.__was_new = frm.is_new();
	},
});

function show_connector(frm) {
	return crm_marketplace.connectors().then((connectors) => {
		crm_marketplace.set_marketplace_options(frm, connectors);
		crm_marketplace.show_credentials(frm, connectors);
		show_capabilities(frm, connectors);
	});
}

/** Only what the marketplace offers has a place on the form. */
function show_capabilities(frm, connectors) {
	const connector = connectors.find(({ name }) => name === frm.doc.marketplace);
	const offers = (capability) => Boolean(connector && connector.capabilities.includes(capability));
	frm.set_df_property("prices_tab", "hidden", offers("prices") ? 0 : 1);
	frm.set_df_property("webhooks_section", "hidden", offers("webhooks") ? 0 : 1);
	crm_marketplace.show_webhooks(frm, offers("webhooks") && connector);
}

function add_buttons(frm) {
	if (frm.perm[0].write) {
		frm.add_custom_button(__("Test Connection"), () => saved(frm, crm_marketplace.test_connection));
		frm.add_custom_button(__("Fetch Warehouses"), () => saved(frm, crm_marketplace.fetch_warehouses));
		frm.add_custom_button(__("Preview", null, "Marketplace Shop"), () => saved(frm, crm_marketplace.preview_orders));
	}
	if (crm_marketplace.may_operate()) {
		frm.add_custom_button(__("Sync Now"), () => saved(frm, (form) => crm_marketplace.sync_now(form)));
	}
}

/** Buttons work on what is stored: save what was typed in first. */
function saved(frm, action) {
	return frm.is_dirty() ? frm.save().then(() => action(frm)) : action(frm);
}
