frappe.ui.form.on("Marketplace Listing", {
	setup(frm) {
		const sellable = () => ({ filters: { disabled: 0, has_variants: 0 } });
		frm.set_query("item", sellable);
		frm.set_query("item", "components", sellable);
	},

	onload(frm) {
		frm.set_df_property("marketplace_ids", "formatter", ids_text);
	},

	refresh(frm) {
		crm_marketplace.show_match(frm);
		crm_marketplace.show_stock(frm);
		crm_marketplace.show_price(frm);
		if (crm_marketplace.may_operate()) add_buttons(frm);
	},
});

function add_buttons(frm) {
	const listings = [frm.doc.name];
	const reload = () => frm.reload_doc();
	const linked = frm.doc.match_status === "Matched";
	frm.add_custom_button(linked ? __("Link to Another Item") : __("Link to Item"), () =>
		crm_marketplace.link_dialog(frm.doc, reload)
	);
	if (linked) return;
	if (frappe.model.can_create("Item")) {
		frm.add_custom_button(__("Create Item"), () => crm_marketplace.create_item_dialog(frm.doc, reload));
	}
	frm.add_custom_button(__("Match Again"), () => crm_marketplace.match_again(listings, reload));
	if (frm.doc.match_status !== "Ignored") {
		frm.add_custom_button(__("Ignore", null, "Marketplace Listing"), () => crm_marketplace.ignore_listings(listings, reload));
	}
}

/** {"sku": "1"} is for programs; people read "sku: 1". */
function ids_text(ids) {
	const pairs = Object.entries(JSON.parse(ids || "{}"));
	return crm_marketplace.as_text(pairs.map((pair) => pair.join(": ")).join("\n"));
}
