// Connecting a shop: which credentials its marketplace wants, and what the key may do.
frappe.provide("crm_marketplace");

const SLOTS = [
	"public_credential_1",
	"public_credential_2",
	"secret_credential_1",
	"secret_credential_2",
];

let known_connectors;

Object.assign(crm_marketplace, {
	/** All connectors, asked for once per page load; a failed answer is asked for again. */
	connectors() {
		if (!known_connectors) {
			known_connectors = crm_marketplace.call("connectors").catch((error) => {
				known_connectors = undefined;
				throw error;
			});
		}
		return known_connectors;
	},

	set_marketplace_options(frm, connectors) {
		const options = connectors.map(({ name, title }) => ({ value: name, label: title }));
		if (frm.doc.marketplace && !connectors.some(({ name }) => name === frm.doc.marketplace)) {
			options.push({ value: frm.doc.marketplace, label: frm.doc.marketplace });
		}
		frm.set_df_property("marketplace", "options", ["", ...options]);
	},

	/** Show the credential fields of the shop's connector under its own words, and hide the others. */
	show_credentials(frm, connectors) {
		const connector = connectors.find(({ name }) => name === frm.doc.marketplace);
		const fields = connector ? connector.credential_fields : [];
		for (const slot of SLOTS) {
			const field = fields.find(({ fieldname }) => fieldname === slot);
			frm.set_df_property(slot, "hidden", field ? 0 : 1);
			if (field) {
				frm.set_df_property(slot, "label", crm_marketplace.escape(field.label));
				frm.set_df_property(slot, "description", crm_marketplace.escape(field.help));
			}
		}
		frm.get_field("credentials_html").$wrapper.html(credentials_help(connector));
	},

	test_connection(frm) {
		return crm_marketplace
			.call("test_connection", { shop: frm.doc.name }, __("Asking the marketplace…"))
			.then((report) => frm.reload_doc().then(() => show_report(frm, report)));
	},

	fetch_warehouses(frm) {
		return crm_marketplace
			.call("fetch_warehouses", { shop: frm.doc.name }, __("Asking the marketplace…"))
			.then((result) => {
				const [indicator, seconds] = result.unread ? ["orange", 15] : ["green", 7];
				frappe.show_alert({ message: crm_marketplace.escape(result.message), indicator }, seconds);
				return frm.reload_doc().then(() => frm.scroll_to_field("warehouses", false));
			});
	},
});

function credentials_help(connector) {
	if (!connector) {
		return crm_marketplace.empty(__("Choose a marketplace to see which credentials it needs."));
	}
	const url = connector.help_urls && connector.help_urls.credentials;
	if (!url) return "";
	const address = crm_marketplace.escape(url);
	return `<p class="small"><a href="${address}" target="_blank" rel="noopener noreferrer">${__(
		"Where to make a key"
	)} ${frappe.utils.icon("external-link", "xs")}</a></p>`;
}

function show_report(frm, report) {
	const dialog = new frappe.ui.Dialog({
		title: __("Connection"),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "report" }],
		primary_action_label: __("Close"),
		primary_action: () => dialog.hide(),
	});
	const $report = dialog.get_field("report").$wrapper.html(report_html(report));
	const $accounts = crm_marketplace.accounts_element(frm, report.accounts || [], () => {
		dialog.hide();
		frappe.set_route("List", "Marketplace Shop");
	});
	if ($accounts) $report.append($accounts);
	dialog.show();
	return dialog;
}

function report_html(report) {
	const color = crm_marketplace.color("Marketplace Shop", report.status);
	const status = crm_marketplace.state_pill("Marketplace Shop", report.status);
	return `
		<div class="marketplace-banner marketplace-banner-${color}" role="status">
			<div>
				${status} <b>${crm_marketplace.escape(report.message)}</b>
				${report.next_step ? `<div>${crm_marketplace.escape(report.next_step)}</div>` : ""}
			</div>
		</div>
		${account_html(report)}
		${rights_html(report.rights || [])}
		${notes_html(report.notes || [])}`;
}

function account_html(report) {
	const rows = [
		[__("Account"), crm_marketplace.escape(report.account_name)],
		[__("Account Number"), crm_marketplace.escape(report.account_id)],
		[__("Legal Name"), crm_marketplace.escape(report.legal_name)],
		[__("Key Expires On"), crm_marketplace.datetime(report.expires_at)],
	].filter(([, value]) => value);
	if (!rows.length) return "";
	const html = rows.map(([label, value]) => `<dt>${label}</dt><dd>${value}</dd>`).join("");
	return `<dl class="marketplace-facts">${html}</dl>`;
}

function rights_html(rights) {
	if (!rights.length) return "";
	const rows = rights.map(
		(right) => `
		<tr>
			<td>${crm_marketplace.escape(right.label || right.capability)}</td>
			<td>${
				right.granted
					? crm_marketplace.pill(__("Works"), "green")
					: crm_marketplace.pill(__("Right missing"), "red")
			}</td>
			<td>${(right.missing || [])
				.map((method) => `<code>${crm_marketplace.escape(method)}</code>`)
				.join("<br>")}</td>
		</tr>`
	);
	return `
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table">
				<thead><tr>
					<th>${__("For")}</th><th>${__("Key")}</th><th>${__("Missing right at the marketplace")}</th>
				</tr></thead>
				<tbody>${rows.join("")}</tbody>
			</table>
		</div>`;
}

function notes_html(notes) {
	return notes.map((note) => `<p class="text-muted small">${crm_marketplace.escape(note)}</p>`).join("");
}
