// On the Item: the same thing in every shop, with stock, price and open orders.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	show_item_in_shops(frm) {
		const item = frm.doc.name;
		return crm_marketplace.call("item_in_shops", { item }).then((rows) => {
			if (frm.doc.name !== item || !rows.length) return;
			frm.dashboard.parent.find(".marketplace-item-shops").closest(".form-dashboard-section").remove();
			const section = frm.dashboard.add_section(table_html(rows), __("In Shops"));
			frm.dashboard.show();
			section.find("[data-explain]").on("click", ({ currentTarget }) => toggle(section, currentTarget));
		});
	},
});

/** The explanation of a listing's numbers, in a row of its own; asked for when somebody wants it. */
function toggle(section, button) {
	const { explain } = button.dataset;
	const $row = section.find(`[data-explanation="${CSS.escape(explain)}"]`);
	const is_new = !$row.data("asked");
	$row.data("asked", true).toggleClass("hide");
	$(button).attr("aria-expanded", String(!$row.hasClass("hide")));
	if (is_new) crm_marketplace.load_stock(explain, $row.find("td"));
}

function table_html(rows) {
	const with_orders = rows.some(({ orders }) => orders !== null);
	return `
		<div class="marketplace-scroll marketplace-item-shops">
			<table class="table table-sm marketplace-table marketplace-stack">
				<thead><tr>
					<th>${__("Shop")}</th>
					<th>${__("Listing")}</th>
					<th class="text-right">${__("Published")}</th>
					<th class="text-right">${__("Should Be")}</th>
					<th class="text-right">${__("Price")}</th>
					${with_orders ? `<th class="text-right">${__("Open Orders")}</th>` : ""}
				</tr></thead>
				<tbody>${rows.map((row) => row_html(row, with_orders)).join("")}</tbody>
			</table>
		</div>`;
}

function row_html(row, with_orders) {
	const listing = crm_marketplace.escape(row.listing);
	return `
		<tr>
			<td>
				${crm_marketplace.link("Marketplace Shop", row.shop)}
				<div class="text-muted small">${crm_marketplace.escape(row.marketplace)}</div>
			</td>
			<td data-label="${__("Listing")}"><div>${listing_html(row)}</div></td>
			<td class="text-right" data-label="${__("Published")}">
				<div>
					${crm_marketplace.level(row.published)}
					<button type="button" class="btn btn-link btn-xs d-block ml-auto p-0" data-explain="${listing}"
						aria-expanded="false">${__("Why this number")}</button>
				</div>
			</td>
			<td class="text-right" data-label="${__("Should Be")}">
				<div>${row.publish_stock ? crm_marketplace.level(row.desired) : not_published()} ${stock_pill(row)}</div>
			</td>
			<td class="text-right" data-label="${__("Price")}"><div>${price_html(row.price)}</div></td>
			${with_orders ? `<td class="text-right" data-label="${__("Open Orders")}">${orders_html(row)}</td>` : ""}
		</tr>
		<tr class="hide marketplace-inner" data-explanation="${listing}"><td colspan="6"></td></tr>`;
}

function listing_html(row) {
	const in_set = row.qty === 1 ? "" : crm_marketplace.pill(__("{0} in a set", [crm_marketplace.number(row.qty)]), "blue");
	const state = row.state === "Active" ? "" : crm_marketplace.state_pill("Marketplace Listing", row.state);
	const card = /^https?:\/\//.test(cstr(row.url))
		? `<a href="${crm_marketplace.escape(row.url)}" target="_blank" rel="noopener noreferrer">${__(
				"Card",
				null,
				"Marketplace Listing"
		  )} ${frappe.utils.icon("external-link", "xs")}</a>`
		: "";
	return `
		${crm_marketplace.link("Marketplace Listing", row.listing, row.title || row.offer_id)} ${in_set} ${state}
		<div class="text-muted small">${crm_marketplace.escape(row.offer_id)} ${card}</div>`;
}

function not_published() {
	return `<span class="text-muted">${__("not published")}</span>`;
}

function stock_pill({ publish_stock, stock_state }) {
	return publish_stock && stock_state && stock_state !== "In Sync"
		? crm_marketplace.state_pill("Marketplace Listing", stock_state)
		: "";
}

function price_html(price) {
	if (!price) return "—";
	const { desired, published, currency } = price;
	const shown = published ? crm_marketplace.money(published, currency) : "—";
	const coming =
		desired && desired !== published
			? `<div class="text-muted small">${__("should be {0}", [crm_marketplace.money(desired, currency)])}</div>`
			: "";
	const pills = [
		price.hold && crm_marketplace.pill(__("Held back", null, "Marketplace Listing Price"), "red"),
		price.quarantine && crm_marketplace.pill(__("In Quarantine"), "orange"),
	].filter(Boolean);
	return `${shown}${coming}${pills.join(" ")}`;
}

function orders_html({ orders, units, shop }) {
	if (!orders) return crm_marketplace.number(0);
	const pieces = __("{0} pieces", [crm_marketplace.number(units)]);
	return `<span title="${crm_marketplace.escape(pieces)}">${crm_marketplace.list_link(
		"Marketplace Order",
		{ shop, status: '["in",["Pending","Awaiting Packing","Awaiting Shipment"]]' },
		format_number(orders, null, 0)
	)}</span>`;
}
