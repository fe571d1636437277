// Prices: what the next run would send, what is held back, and letting a held price through.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	preview_prices(frm) {
		return crm_marketplace
			.call("preview_prices", { shop: frm.doc.name }, __("Computing prices…"))
			.then((preview) => {
				const dialog = new frappe.ui.Dialog({
					title: __("What the next price run would send"),
					size: "extra-large",
					fields: [{ fieldtype: "HTML", fieldname: "preview" }],
					primary_action_label: __("Close"),
					primary_action: () => dialog.hide(),
				});
				dialog.get_field("preview").$wrapper.html(preview_html(preview));
				dialog.show();
			});
	},

	/** The price of a listing: what it should be and why, what is published, and what keeps it. */
	show_price(frm) {
		const $panel = frm.get_field("price_html").$wrapper.empty();
		const listing = frm.doc.name;
		return crm_marketplace.call("listing_price", { listing }).then((price) => {
			if (frm.doc.name !== listing || !price) return;
			$panel.html(price_html(price));
			$panel
				.find("[data-action=allow]")
				.on("click", () => crm_marketplace.allow_price(listing, price.new, () => frm.reload_doc()));
		});
	},

	allow_price(listing, price, done) {
		frappe.confirm(
			__("Send the price {0} in spite of the warning? Another price will ask again.", [
				crm_marketplace.number(price),
			]),
			() => crm_marketplace.call("allow_price", { listing, price }, __("Saving…")).then(() => done())
		);
	},
});

function preview_html({ currency, counts, changes, holds }) {
	const pills = [
		crm_marketplace.pill(__("Changes: {0}", [counts.change]), "blue"),
		crm_marketplace.pill(__("Held back: {0}", [counts.held]), counts.held ? "red" : "gray"),
		crm_marketplace.pill(__("Unchanged: {0}", [counts.same]), "gray"),
	];
	const nothing = crm_marketplace.empty(__("Every price is published as it should be."));
	return `
		<div class="marketplace-banner marketplace-banner-blue" role="status"><b>${__("Nothing was sent.")}</b></div>
		<div class="marketplace-pills">${pills.join(" ")}</div>
		${rows_html(__("Held back", null, "Marketplace Listing Price"), holds, currency)}
		${rows_html(__("Largest changes"), changes, currency)}
		${holds.length || changes.length ? "" : nothing}`;
}

function rows_html(title, rows, currency) {
	if (!rows.length) return "";
	const body = rows.map(
		(row) => `
		<tr>
			<td class="marketplace-title">
				${crm_marketplace.link("Marketplace Listing", row.listing, row.title || row.offer_id)}
				<div class="text-muted small">${crm_marketplace.escape(row.offer_id)}</div>
				${row.reason ? `<div class="marketplace-overdue small">${crm_marketplace.escape(row.reason)}</div>` : ""}
			</td>
			<td class="text-right">${money(row.now, currency)}</td>
			<td class="text-right"><b>${money(row.new, currency)}</b></td>
			<td class="text-right">${percent(row.change)}</td>
			<td class="text-right">${money(row.margin, currency)}</td>
		</tr>`
	);
	return `
		<h6>${title}</h6>
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table">
				<thead><tr>
					<th>${__("Listing")}</th>
					<th class="text-right">${__("Published")}</th><th class="text-right">${__("Should Be")}</th>
					<th class="text-right">${__("Change")}</th><th class="text-right">${__("Margin")}</th>
				</tr></thead>
				<tbody>${body.join("")}</tbody>
			</table>
		</div>`;
}

function price_html(price) {
	const facts = [
		[__("Should Be"), money(price.new, price.currency)],
		[__("Published"), money(price.now, price.currency)],
		[__("Cost", null, "Marketplace Listing Price"), money(price.cost, price.currency)],
		[__("Expected Fees"), money(price.fees, price.currency)],
		[__("Margin"), money(price.margin, price.currency)],
	].filter(([, value]) => value);
	const html = facts.map(([label, value]) => `<dt>${label}</dt><dd>${value}</dd>`).join("");
	return `${warning_html(price)}<dl class="marketplace-facts">${html}</dl>`;
}

function warning_html(price) {
	const text =
		price.reason ||
		price.last_error ||
		(price.in_quarantine && __("The marketplace holds the new price back until somebody confirms it in its cabinet."));
	if (!text) return "";
	const button =
		price.may_be_allowed && crm_marketplace.may_manage()
			? `<button type="button" class="btn btn-xs btn-default" data-action="allow">${__(
					"Send It Nevertheless"
			  )}</button>`
			: "";
	return `
		<div class="marketplace-banner marketplace-banner-orange" role="alert">
			<div><b>${crm_marketplace.escape(text)}</b></div>${button}
		</div>`;
}

function money(amount, currency) {
	return amount === null || amount === undefined ? "" : crm_marketplace.money(amount, currency);
}

function percent(share) {
	if (share === null || share === undefined) return "";
	return `${share > 0 ? "+" : ""}${format_number(share, null, 1)} %`;
}
