// What the next price run would send and hold back, over the whole shop. Nothing is sent here.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	preview_prices(frm) {
		const dialog = new frappe.ui.Dialog({
			title: __("What the next price run would send"),
			size: "extra-large",
			fields: [{ fieldtype: "HTML", fieldname: "preview" }],
			primary_action_label: __("Close"),
			primary_action: () => dialog.hide(),
		});
		const $preview = dialog.get_field("preview").$wrapper;
		const show = () =>
			crm_marketplace
				.call("preview_prices", { shop: frm.doc.name }, __("Computing prices…"))
				.then((preview) => {
					$preview.html(preview_html(preview));
					$preview.find("[data-allow]").on("click", ({ currentTarget }) => {
						const row = preview.holds.find(({ listing }) => listing === currentTarget.dataset.allow);
						crm_marketplace.allow_price(row.listing, { ...row, currency: preview.currency }, show);
					});
				});
		return show().then(() => dialog.show());
	},
});

function preview_html({ currency, counts, changes, holds }) {
	const pills = [
		crm_marketplace.pill(__("Changes: {0}", [counts.change]), counts.change ? "blue" : "gray"),
		crm_marketplace.pill(__("Held back: {0}", [counts.held]), counts.held ? "red" : "gray"),
		crm_marketplace.pill(__("Unchanged: {0}", [counts.same]), "gray"),
	];
	const nothing = crm_marketplace.empty(__("Every price is published as it should be."));
	return `
		<div class="marketplace-banner marketplace-banner-blue" role="status"><b>${__("Nothing was sent.")}</b></div>
		<div class="marketplace-pills">${pills.join(" ")}</div>
		${rows_html(__("Held back: {0}", [counts.held]), holds, counts.held, currency)}
		${rows_html(__("Largest changes"), changes, counts.change, currency)}
		${holds.length || changes.length ? "" : nothing}`;
}

function rows_html(title, rows, total, currency) {
	if (!rows.length) return "";
	const sum = (amount) => crm_marketplace.sum(amount, currency);
	const body = rows.map(
		(row) => `
		<tr>
			<td class="marketplace-title">
				${crm_marketplace.link("Marketplace Listing", row.listing, row.title || row.offer_id)}
				<div class="text-muted small">${crm_marketplace.escape(row.offer_id)}</div>
				${reason_html(row)}
			</td>
			<td class="text-right" data-label="${__("Published")}">${row.now ? sum(row.now) : ""}</td>
			<td class="text-right" data-label="${__("Should Be")}"><b>${row.new ? sum(row.new) : ""}</b></td>
			<td class="text-right" data-label="${__("Change")}">${percent(row.change)}</td>
			<td class="text-right ${row.margin < 0 ? "marketplace-overdue" : ""}" data-label="${__("Margin")}">${
			row.new ? sum(row.margin) : ""
		}</td>
		</tr>`
	);
	const more =
		total > rows.length
			? `<p class="text-muted small">${__("and {0} more", [crm_marketplace.number(total - rows.length)])}</p>`
			: "";
	return `
		<div class="marketplace-heading">${title}</div>
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table marketplace-stack">
				<thead><tr>
					<th>${__("Listing")}</th>
					<th class="text-right">${__("Published")}</th><th class="text-right">${__("Should Be")}</th>
					<th class="text-right">${__("Change")}</th><th class="text-right">${__("Margin")}</th>
				</tr></thead>
				<tbody>${body.join("")}</tbody>
			</table>
		</div>${more}`;
}

function reason_html(row) {
	if (!row.reason) return "";
	const button =
		row.may_be_allowed && crm_marketplace.may_manage()
			? `<button type="button" class="btn btn-xs btn-default" data-allow="${crm_marketplace.escape(
					row.listing
			  )}">${__("Allow", null, "Marketplace Listing Price")}</button>`
			: `<span class="text-muted small">${crm_marketplace.escape(row.way_out)}</span>`;
	return `<div class="marketplace-overdue small">${crm_marketplace.escape(row.reason)}</div>${button}`;
}

function percent(share) {
	if (share === null || share === undefined) return "";
	return `${share > 0 ? "+" : ""}${format_number(share, null, 1)} %`;
}
