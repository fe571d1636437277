// One key, several shops: choose which of them to connect.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	/** What a tested key opens beside this shop, below the report of the test. Gives the element, or nothing. */
	accounts_element(frm, accounts, done) {
		if (accounts.length < 2 && accounts.every(({ is_this }) => is_this)) return null;
		const $panel = $(`<section class="marketplace-accounts"></section>`).html(accounts_html(accounts));
		const chosen = () => $panel.find("input:checked").toArray().map(({ value }) => value);
		const $button = $panel.find("[data-action=connect]");
		$panel.on("change", "input", () => $button.prop("disabled", !chosen().length));
		$button.on("click", () =>
			crm_marketplace
				.call("connect_accounts", { shop: frm.doc.name, accounts: chosen() }, __("Asking the marketplace…"))
				.then(({ shops, message }) => {
					frappe.show_alert({ message: crm_marketplace.escape(message), indicator: "green" }, 7);
					done(shops);
				})
		);
		return $panel;
	},
});

function accounts_html(accounts) {
	const free = accounts.some(({ shop, available }) => !shop && available);
	const button =
		free && frappe.model.can_create("Marketplace Shop")
			? `<button type="button" class="btn btn-sm btn-primary" data-action="connect" disabled>${__(
					"Connect These Shops"
			  )}</button>`
			: "";
	return `
		<div class="marketplace-heading">${__("Shops this key opens")}</div>
		<p class="text-muted small">${__(
			"Each becomes a shop of its own, with the key, company and settings of this one. It starts switched off."
		)}</p>
		<ul class="marketplace-choices">${accounts.map(account_html).join("")}</ul>
		${button}`;
}

function account_html({ account, title, schemes, available, reason, shop, is_this }) {
	const id = crm_marketplace.escape(account);
	const usable = available && !shop;
	const told = is_this
		? __("this shop")
		: shop
		? `${__("connected:")} ${crm_marketplace.link("Marketplace Shop", shop)}`
		: crm_marketplace.escape(reason);
	return `
		<li>
			<label class="${usable ? "" : "text-muted"}">
				<input type="checkbox" value="${id}" ${usable ? "" : "disabled"}>
				<span>
					<b>${crm_marketplace.escape(title)}</b>
					<span class="text-muted small">${id}</span>
					${(schemes || []).map((scheme) => crm_marketplace.pill(crm_marketplace.escape(scheme), "gray")).join(" ")}
					${told ? `<span class="d-block small">${told}</span>` : ""}
				</span>
			</label>
		</li>`;
}
