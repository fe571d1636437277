frappe.ui.form.on("Marketplace Order", {
	refresh(frm) {
		crm_marketplace.show_hold(frm);
		colour_ship_by(frm);
		show_masked_buyer(frm);
		// Everything follows the marketplace; only fields somebody added can be edited.
		if (!frm.fields.some(({ df }) => is_editable(df))) frm.disable_save();
		if (!crm_marketplace.may_operate()) return;
		if (crm_marketplace.has_label(frm.doc)) {
			frm.add_custom_button(__("Print Label"), () => crm_marketplace.print_labels([frm.doc.name]));
		}
		const orders = [frm.doc.name];
		const reload = () => frm.reload_doc();
		if (["To Process", "On Hold"].includes(frm.doc.state)) {
			frm.add_custom_button(__("Try Again"), () => crm_marketplace.process_orders(orders, reload));
			frm.add_custom_button(__("Ignore", null, "Marketplace Order"), () => crm_marketplace.ignore_orders(orders, reload));
		}
		if (frm.doc.state === "Ignored") {
			frm.add_custom_button(__("Process After All"), () =>
				crm_marketplace.process_orders(orders, reload, { ignored: 1 })
			);
		}
	},
});

/** Who may not see the buyer sees that there is one; the server sends masks, never the data. */
function show_masked_buyer(frm) {
	const $panel = frm.get_field("buyer_html").$wrapper.empty();
	if (frm.perm[1] && frm.perm[1].read) return;
	const order = frm.doc.name;
	crm_marketplace.call("order_buyer", { order }).then((buyer) => {
		if (frm.doc.name !== order) return;
		const rows = [
			[__("Name"), buyer.buyer_name],
			[__("Phone"), buyer.buyer_phone],
			[__("E-mail"), buyer.buyer_email],
			[__("Address"), buyer.buyer_address],
		].filter(([, value]) => value);
		const facts = rows.map(([label, value]) => `<dt>${label}</dt><dd>${crm_marketplace.escape(value)}</dd>`);
		$panel.html(
			facts.length
				? `<dl class="marketplace-facts">${facts.join("")}</dl>`
				: crm_marketplace.empty(__("The marketplace tells nothing about the buyer."))
		);
	});
}

function is_editable(df) {
	return frappe.model.is_value_type(df) && !df.read_only && !df.hidden;
}

function colour_ship_by(frm) {
	const urgency = crm_marketplace.urgency(frm.doc);
	frm.get_field("ship_by")
		.$wrapper.find(".control-value")
		.toggleClass("marketplace-overdue", urgency === "overdue")
		.toggleClass("marketplace-soon", urgency === "soon");
}
