// A deal out of a lead, an opportunity, a customer, an order of a shop, a contact, a letter, a call.
frappe.provide("crm_marketplace.deals");

const SOURCES = ["Call Log", "Communication", "Contact", "Customer", "Lead", "Marketplace Order", "Opportunity", "Prospect"];
const asked = new Map();

/** Open a new deal made of a document; a second click while the first is under way makes no second one. */
crm_marketplace.deals.make_deal = function (doctype, name) {
	const key = `${doctype}/${name}`;
	if (!asked.has(key)) asked.set(key, open_deal(doctype, name).finally(() => asked.delete(key)));
	return asked.get(key);
};

async function open_deal(doctype, name) {
	const values = await crm_marketplace.deals.call("deals.deal_values", { doctype, name });
	if (values.made) return show_made(values.made);
	const begun = values.conversation && not_saved_yet(values);
	if (begun) return frappe.set_route("Form", "Deal", begun.name);
	const { items, ...fields } = values;
	await frappe.model.with_doctype("Deal");
	const doc = frappe.model.get_new_doc("Deal");
	Object.assign(doc, fields);
	for (const item of items || []) Object.assign(frappe.model.add_child(doc, "items"), item);
	return frappe.set_route("Form", "Deal", doc.name);
}

function show_made({ name }) {
	if (!name) {
		frappe.msgprint({
			title: __("Made Already"),
			message: __("A colleague has made a deal of this conversation already. It is not open to you: ask your Deals Manager."),
		});
		return null;
	}
	frappe.show_alert({ message: __("A deal was made of this conversation already."), indicator: "blue" });
	return frappe.set_route("Form", "Deal", name);
}

/** The deal of this conversation that was begun in this window and not saved. */
function not_saved_yet({ conversation_type, conversation }) {
	return Object.values(locals.Deal || {}).find(
		(doc) => doc.__islocal && doc.conversation_type === conversation_type && doc.conversation === conversation
	);
}

for (const doctype of SOURCES) {
	frappe.ui.form.on(doctype, {
		refresh(frm) {
			if (frm.is_new() || !frappe.model.can_create("Deal")) return;
			const group = doctype === "Communication" ? __("Actions") : __("Create");
			frm.add_custom_button(__("Deal"), () => crm_marketplace.deals.make_deal(frm.doctype, frm.doc.name), group);
		},
	});
}
