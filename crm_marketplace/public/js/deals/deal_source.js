// A deal out of a lead, an opportunity, a customer, an order of a shop, a contact, a letter, a call.
const SOURCES = ["Call Log", "Communication", "Contact", "Customer", "Lead", "Marketplace Order", "Opportunity", "Prospect"];

async function make_deal(frm) {
	const values = await crm_marketplace.deals.call("deals.deal_values", {
		doctype: frm.doctype,
		name: frm.doc.name,
	});
	const { items, ...fields } = values;
	await frappe.model.with_doctype("Deal");
	const doc = frappe.model.get_new_doc("Deal");
	Object.assign(doc, fields);
	for (const item of items || []) Object.assign(frappe.model.add_child(doc, "items"), item);
	frappe.set_route("Form", "Deal", doc.name);
}

for (const doctype of SOURCES) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || !frappe.model.can_create("Deal")) return;
			const group = doctype === "Communication" ? __("Actions") : __("Create");
			frm.add_custom_button(__("Deal"), () => make_deal(frm), group);
		},
	});
}
