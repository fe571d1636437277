// The price of a listing: what it should be and why, what is published, and what keeps it.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	show_price(frm, listing = frm.doc.name) {
		const name = frm.doc.name;
		const $panel = frm.get_field("price_html").$wrapper.html(crm_marketplace.loading());
		return crm_marketplace.call("listing_price", { listing }).then((price) => {
			if (frm.doc.name !== name) return;
			$panel.html(price ? price_html(price) : crm_marketplace.empty(no_price_sentence()));
			$panel
				.find("[data-action=allow]")
				.on("click", () => crm_marketplace.allow_price(listing, price, () => frm.reload_doc()));
		});
	},

	/** Let one held price through, after asking. */
	allow_price(listing, { new: price, currency }, done) {
		frappe.confirm(
			__("Send the price {0} in spite of the warning? Another price will ask again.", [
				crm_marketplace.money(price, currency),
			]),
			() => crm_marketplace.call("allow_price", { listing, price }, __("Saving…")).then(() => done())
		);
	},

	/** The same for chosen rows of the list of prices: [{listing, price}, …]. */
	allow_prices(prices, done) {
		frappe.confirm(
			__("Send these {0} prices in spite of the warnings? Other prices will ask again.", [prices.length]),
			() =>
				crm_marketplace.call("allow_prices", { prices }, __("Saving…")).then(({ allowed, skipped }) => {
					const more = skipped ? ` ${__("Left out, because they changed or make no sense: {0}", [skipped])}` : "";
					frappe.show_alert(
						{
							message: __("The next run sends {0} prices.", [allowed]) + more,
							indicator: skipped ? "orange" : "green",
						},
						7
					);
					done();
				})
		);
	},

	/** A sum, or nothing where there is none. */
	sum(amount, currency) {
		return amount === null || amount === undefined ? "" : crm_marketplace.money(amount, currency);
	},
});

function no_price_sentence() {
	return __("Link the listing to an item, and its price comes from the price list of the shop.");
}

function price_html(price) {
	const sum = (amount) => crm_marketplace.sum(amount, price.currency);
	const margin_css = price.margin < 0 ? "marketplace-overdue" : "";
	const facts = [
		[__("Should Be"), price.new ? `<b>${sum(price.new)}</b>` : ""],
		[__("Published"), price.now ? `${sum(price.now)} ${state_html(price)}` : ""],
		[__("Crossed-Out Price"), price.old_price ? sum(price.old_price) : ""],
		[__("Minimum Price"), price.minimum_price ? sum(price.minimum_price) : ""],
		[__("Cost", null, "Marketplace Listing Price"), sum(price.cost)],
		[__("Expected Fees"), price.new ? sum(price.fees) : ""],
		[__("Margin"), price.new ? `<span class="${margin_css}">${sum(price.margin)}</span>` : ""],
	].filter(([, value]) => value);
	const html = facts.map(([label, value]) => `<dt>${label}</dt><dd>${value}</dd>`).join("");
	return `${warnings_html(price)}<dl class="marketplace-facts">${html}</dl>${terms_html(price)}${off_html(price)}`;
}

function state_html(price) {
	if (price.hold_code || price.in_quarantine) return "";
	const state = price.last_error ? "Error" : price.pending ? "Waiting" : "In Sync";
	return crm_marketplace.state_pill("Marketplace Listing", state);
}

/** From the price list to the price, one click away. */
function terms_html({ terms, currency }) {
	if (!(terms || []).length) return "";
	const rows = terms.map(
		({ label, value }) => `
		<tr><td>${crm_marketplace.escape(label)}</td><td class="text-right">${crm_marketplace.money(value, currency)}</td></tr>`
	);
	return `
		<details class="marketplace-explanation">
			<summary>${__("Why this price")}</summary>
			<table class="table table-sm marketplace-table">${rows.join("")}</table>
		</details>`;
}

function off_html({ is_on }) {
	if (is_on) return "";
	return `<p class="text-muted small">${__(
		"The stream of prices is off: nothing is sent. It is switched on in the tab Jobs of the shop."
	)}</p>`;
}

function warnings_html(price) {
	return [hold_html(price), quarantine_html(price), error_html(price)].join("");
}

function hold_html(price) {
	if (!price.reason) return "";
	const button =
		price.may_be_allowed && crm_marketplace.may_manage()
			? `<button type="button" class="btn btn-xs btn-default" data-action="allow">${__(
					"Send It Nevertheless"
			  )}</button>`
			: "";
	return banner("red", `<b>${crm_marketplace.escape(price.reason)}</b>
		<div>${crm_marketplace.escape(price.way_out)} ${price_list_link(price)}</div>`, button);
}

function quarantine_html(price) {
	if (!price.in_quarantine) return "";
	const known = __("The marketplace holds the new price back until somebody confirms it in its cabinet.");
	const cabinet = price.cabinet_url
		? `<a class="btn btn-xs btn-default" target="_blank" rel="noopener noreferrer"
				href="${crm_marketplace.escape(price.cabinet_url)}">${__("Open the cabinet")} ${frappe.utils.icon(
				"external-link",
				"xs"
		  )}</a>`
		: "";
	return banner("orange", `<b>${__("In Quarantine")}</b>
		<div>${crm_marketplace.escape(price.last_error || known)}</div>`, cabinet);
}

function error_html(price) {
	if (!price.last_error || price.in_quarantine) return "";
	const again = price.next_attempt_at
		? `<div class="text-muted small">${__("Next attempt: {0}", [
				crm_marketplace.datetime(price.next_attempt_at),
		  ])}</div>`
		: "";
	return banner("orange", `<b>${crm_marketplace.escape(price.last_error)}</b>${again}`);
}

function banner(color, html, button = "") {
	return `
		<div class="marketplace-banner marketplace-banner-${color}" role="alert"><div>${html}</div>${button}</div>`;
}

/** Where the price can be mended: the prices of these items in the shop's list. */
function price_list_link({ hold_code, price_list, items }) {
	const elsewhere = ["currency", "cost_currency"].includes(hold_code);
	if (elsewhere || !price_list || !frappe.model.can_read("Item Price")) return "";
	const item_code = (items || []).length === 1 ? { item_code: items[0] } : {};
	return crm_marketplace.list_link("Item Price", { price_list, ...item_code }, __("Open the price list"));
}
