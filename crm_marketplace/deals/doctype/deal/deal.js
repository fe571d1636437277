frappe.ui.form.on("Deal", {
	setup(frm) {
		frm.set_query("party_type", () => ({ filters: { name: ["in", ["Customer", "Lead", "Prospect"]] } }));
		frm.set_query("pipeline", () => ({ filters: { archived: 0 } }));
		frm.set_query("stage", () => ({ filters: { pipeline: frm.doc.pipeline || "", archived: 0 } }));
		frm.set_query("loss_reason", () => ({ filters: { disabled: 0 } }));
		frm.set_query("team", () => ({ filters: { is_group: 1 } }));
		frm.set_query("responsible", () => ({ filters: { enabled: 1, user_type: "System User" } }));
	},

	onload(frm) {
		remember_given(frm);
		// Who makes a deal in the desk has it; one that comes in by itself is given out by the rules.
		if (frm.is_new() && !frm.doc.responsible) frm.set_value("responsible", frappe.session.user);
	},

	refresh(frm) {
		remember_given(frm);
		crm_marketplace.deals.show_stage_bar(frm);
		crm_marketplace.deals.show_tasks(frm);
		frm.toggle_display("stage", frm.is_new());
		frm.set_df_property("amount", "read_only", ["", "By hand"].includes(cstr(frm.doc.amount_from)) ? 0 : 1);
		if (frm.is_new()) return;
		add_buttons(frm);
	},

	pipeline(frm) {
		if (is_changed(frm, "pipeline")) frm.set_value("stage", null);
	},

	party_type(frm) {
		if (is_changed(frm, "party_type")) frm.set_value("party", null);
	},
});

/** The desk tells of every link of a new form as if it had just been chosen: what came with the deal is kept. */
function remember_given(frm) {
	frm.given = { pipeline: frm.doc.pipeline, party_type: frm.doc.party_type };
}

function is_changed(frm, field) {
	const changed = cstr(frm.given && frm.given[field]) !== cstr(frm.doc[field]);
	remember_given(frm);
	return changed;
}

frappe.ui.form.on("Deal Item", {
	item_code(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.item_code || flt(row.rate)) return;
		frappe.db
			.get_value("Item Price", { item_code: row.item_code, selling: 1, currency: frm.doc.currency }, "price_list_rate")
			.then(({ message }) => {
				if (message && message.price_list_rate) {
					frappe.model.set_value(cdt, cdn, "rate", message.price_list_rate);
				}
			});
	},
	qty: set_amount,
	rate: set_amount,
	items_remove: set_total,
});

function set_amount(frm, cdt, cdn) {
	const row = locals[cdt][cdn];
	frappe.model.set_value(cdt, cdn, "amount", flt(flt(row.qty) * flt(row.rate), 2));
	set_total(frm);
}

function set_total(frm) {
	if (["Quotation", "Sales Order"].includes(frm.doc.amount_from)) return;
	frm.set_value("amount", (frm.doc.items || []).reduce((sum, row) => sum + flt(row.qty) * flt(row.rate), 0));
}

function add_task(frm) {
	crm_marketplace.deals.task_dialog("Deal", frm.doc.name, () => frm.reload_doc());
}

function add_buttons(frm) {
	frm.add_custom_button(__("Board"), () => frappe.set_route("deals", frm.doc.pipeline));
	if (!frm.perm[0].write) return;
	frm.add_custom_button(__("Task"), () => add_task(frm));
	const make = (label, method, doctype) => {
		if (!frappe.model.can_create(doctype)) return;
		frm.add_custom_button(
			label,
			() =>
				frappe.model.open_mapped_doc({ method: `crm_marketplace.deals.api.deals.${method}`, frm }),
			__("Create")
		);
	};
	make(__("Quotation"), "make_quotation", "Quotation");
	make(__("Sales Order"), "make_sales_order", "Sales Order");
	make(__("Project"), "make_project", "Project");
	if (["Lead", "Prospect"].includes(frm.doc.party_type)) make(__("Customer"), "make_customer", "Customer");
}
