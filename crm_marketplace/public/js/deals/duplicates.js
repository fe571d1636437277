// Duplicates: a warning while a party is typed, two parties side by side, merging and taking it back.
frappe.provide("crm_marketplace.deals");

const TYPING_DELAY = 500;
// DocType → fields it is recognised by.
const WATCHED = {
	Customer: { name: ["customer_name"], phones: ["mobile_no"], emails: ["email_id"], tax_id: "tax_id" },
	Lead: {
		name: ["company_name", "first_name", "last_name"],
		phones: ["mobile_no", "phone", "whatsapp_no"],
		emails: ["email_id"],
	},
	Prospect: { name: ["company_name"], phones: [], emails: [] },
};
const REASONS = {
	tax: () => __("same tax ID"),
	phone: () => __("same phone"),
	email: () => __("same e-mail"),
	name: () => __("similar name"),
};

crm_marketplace.deals.reason_text = (reasons) => reasons.map((reason) => (REASONS[reason] || (() => reason))()).join(", ");

function typed(frm) {
	const watched = WATCHED[frm.doctype];
	const values = (fields) => fields.map((field) => cstr(frm.doc[field]).trim()).filter(Boolean);
	const names = values(watched.name);
	return {
		name: frm.doctype === "Lead" ? cstr(frm.doc.company_name) || names.join(" ") : names[0] || "",
		phones: values(watched.phones),
		emails: values(watched.emails),
		tax_id: watched.tax_id ? cstr(frm.doc[watched.tax_id]) : "",
		own: frm.is_new() ? "" : frm.doc.name,
	};
}

/** Ask the server while a new party is typed; say who it may be. */
async function warn(frm) {
	const args = typed(frm);
	const signature = JSON.stringify(args);
	if (frm.duplicates_asked === signature) return;
	frm.duplicates_asked = signature;
	if (args.name.length < 3 && !args.phones.length && !args.emails.length && !args.tax_id) return show(frm, []);
	const found = await crm_marketplace.deals.call("duplicates.similar", args);
	if (frm.duplicates_asked === signature) show(frm, found);
}

function show(frm, found) {
	frm.layout.wrapper.find(".deals-similar").remove();
	if (!found.length) return;
	const escape = crm_marketplace.escape;
	const items = found.map(
		(row) => `
			<li>
				${crm_marketplace.link(row.party_type, row.party, row.title)}
				<span class="text-muted">${escape(__(row.party_type))} · ${escape(
			crm_marketplace.deals.reason_text(row.reasons)
		)}</span>
				${merge_button(frm, row)}
			</li>`
	);
	const $banner = $(`
		<div class="marketplace-banner marketplace-banner-orange deals-similar" role="status">
			<div><b>${__("Is it one of these?")}</b><ul>${items.join("")}</ul></div>
		</div>`);
	$banner.on("click", "[data-merge]", (event) =>
		crm_marketplace.deals.compare(frm.doctype, frm.doc.name, event.currentTarget.dataset.merge)
	);
	frm.layout.wrapper.prepend($banner);
}

function merge_button(frm, row) {
	if (frm.is_new() || row.party_type !== frm.doctype || !crm_marketplace.deals.may_merge(frm.doctype)) return "";
	return `<button type="button" class="btn btn-xs btn-default" data-merge="${crm_marketplace.escape(row.party)}">${__(
		"Compare"
	)}</button>`;
}

/** Whether the user may say of a pair what it is. */
crm_marketplace.deals.may_judge = () => frappe.model.can_write("Party Duplicate");

/** Merging changes the parties themselves: a right of its own. Without a kind: of any of them. */
crm_marketplace.deals.may_merge = (party_type) =>
	crm_marketplace.deals.may_judge() &&
	(party_type ? [party_type] : Object.keys(WATCHED)).some((kind) => frappe.model.can_write(kind));

for (const [doctype, watched] of Object.entries(WATCHED)) {
	const ask = frappe.utils.debounce((frm) => warn(frm), TYPING_DELAY);
	const fields = [...watched.name, ...watched.phones, ...watched.emails, watched.tax_id].filter(Boolean);
	const handlers = Object.fromEntries(fields.map((field) => [field, (frm) => ask(frm)]));
	frappe.ui.form.on(doctype, {
		...handlers,
		refresh(frm) {
			frm.duplicates_asked = null;
			frm.layout.wrapper.find(".deals-similar").remove();
			if (!frm.is_new()) return ask(frm);
			// While a name is typed, not only when its field is left.
			for (const field of fields) {
				const control = frm.get_field(field);
				if (control && control.$input) {
					control.$input.off("input.similar").on("input.similar", () => {
						frm.doc[field] = control.$input.val();
						ask(frm);
					});
				}
			}
		},
	});
}

/** Two parties side by side: which stays, which value of each field, what moves. */
crm_marketplace.deals.compare = async function (party_type, source, target, done) {
	const args = { party_type, source, target };
	const preview = await crm_marketplace.deals.call("duplicates.preview_merge", args);
	const escape = crm_marketplace.escape;
	const dialog = new frappe.ui.Dialog({
		title: __("Merge two into one"),
		size: "large",
		fields: [{ fieldname: "html", fieldtype: "HTML" }],
		primary_action_label: __("Merge"),
		async primary_action() {
			dialog.disable_primary_action();
			try {
				const take = $body.find("input[value=source]:checked").map((_i, input) => input.name).get();
				const answer = await crm_marketplace.deals.call("duplicates.merge_parties", { ...args, take });
				dialog.hide();
				frappe.show_alert({
					message: `${__("Merged: {0} links moved.", [answer.moved])} ${crm_marketplace.link(
						"Party Merge",
						answer.journal,
						__("Take it back")
					)}`,
					indicator: "green",
				}, 15);
				if (done) done();
				else frappe.set_route("Form", party_type, target);
			} finally {
				dialog.enable_primary_action();
			}
		},
		secondary_action_label: __("The other way round"),
		secondary_action() {
			dialog.hide();
			crm_marketplace.deals.compare(party_type, target, source, done);
		},
	});
	const choice = (field, side) => `
		<label><input type="radio" name="${escape(field.fieldname)}" value="${side}" ${side === "target" ? "checked" : ""}>
		${escape(field[side])}</label>`;
	const rows = preview.fields.map(
		(field) => `<tr><th>${escape(field.label)}</th><td>${choice(field, "source")}</td><td>${choice(field, "target")}</td></tr>`
	);
	const moved = preview.links.map((row) => `${escape(row.label)}: ${row.count}`).join(", ");
	const $body = dialog.fields_dict.html.$wrapper.html(`
		<div class="marketplace-scroll"><table class="table marketplace-table">
			<thead><tr><th></th>
				<th>${__("Goes")}: ${crm_marketplace.link(party_type, source, preview.source.title)}</th>
				<th>${__("Stays")}: ${crm_marketplace.link(party_type, target, preview.target.title)}</th></tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table></div>
		${preview.filled.length ? `<p>${__("Filled from the one that goes: {0}", [preview.filled.map(escape).join(", ")])}</p>` : ""}
		<p>${moved ? __("Moves: {0}", [moved]) : __("Nothing hangs on the one that goes.")}</p>
		<p class="text-muted">${__("The one that goes is disabled, not deleted. The merge can be taken back.")}</p>`);
	dialog.show();
};
