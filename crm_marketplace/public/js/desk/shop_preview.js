// What the next order run would write, order by order. Nothing is written here.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	preview_orders(frm) {
		return crm_marketplace
			.call("preview_orders", { shop: frm.doc.name }, __("Asking the marketplace…"))
			.then((preview) => {
				const dialog = new frappe.ui.Dialog({
					title: __("What the next run would write"),
					size: "extra-large",
					fields: [{ fieldtype: "HTML", fieldname: "preview" }],
					primary_action_label: __("Close"),
					primary_action: () => dialog.hide(),
				});
				dialog.get_field("preview").$wrapper.html(preview_html(preview));
				dialog.show();
			});
	},
});

function preview_html({ orders = [], summary = {}, message }) {
	return `
		<div class="marketplace-banner marketplace-banner-blue" role="status">
			<b>${crm_marketplace.escape(message)}</b>
		</div>
		<div class="marketplace-pills">${summary_html(summary)}</div>
		${orders_html(orders)}`;
}

/** What would be written, then what waits for a person; what changes nothing is folded away. */
function orders_html(orders) {
	if (!orders.length) return crm_marketplace.empty(__("There is nothing new to write."));
	const quiet = orders.filter(({ kind }) => kind === "nothing");
	const held = orders.filter(({ hold }) => hold);
	const others = orders.filter((order) => !quiet.includes(order) && !held.includes(order));
	const folded = quiet.length
		? `<details><summary>${__("Nothing to do: {0}", [quiet.length])}</summary>${quiet
				.map(order_html)
				.join("")}</details>`
		: "";
	return [...others, ...held].map(order_html).join("") + folded;
}

function summary_html(summary) {
	return [
		["create", "green", __("New documents: {0}", [summary.create])],
		["update", "blue", __("Changes: {0}", [summary.update])],
		["cancel", "orange", __("Cancellations: {0}", [summary.cancel])],
		["hold", "red", __("Wait for a person: {0}", [summary.hold])],
		["nothing", "gray", __("Nothing to do: {0}", [summary.nothing])],
	]
		.filter(([key]) => summary[key])
		.map(([, color, label]) => crm_marketplace.pill(label, color))
		.join(" ");
}

function order_html(order) {
	const facts = [
		order.scheme,
		order.status && __(order.status, null, "Marketplace Order"),
		crm_marketplace.datetime(order.ordered_at),
		order.buyer,
	].filter(Boolean);
	return `
		<section class="marketplace-card ${order.hold ? "marketplace-card-red" : ""}">
			<header>
				<b>${crm_marketplace.escape(order.external_id)}</b>
				<span class="text-muted">${facts.map(crm_marketplace.escape).join(" · ")}</span>
				<b class="marketplace-amount">${crm_marketplace.money(order.total, order.currency)}</b>
			</header>
			<p>${crm_marketplace.escape(order.action)}</p>
			${order.hold ? `<p class="marketplace-overdue">${crm_marketplace.escape(order.hold)}</p>` : ""}
			${documents_html(order.documents || [])}
			${lines_html(order)}
		</section>`;
}

function documents_html(documents) {
	if (!documents.length) return "";
	return `<ul>${documents.map((text) => `<li>${crm_marketplace.escape(text)}</li>`).join("")}</ul>`;
}

function lines_html(order) {
	const rows = (order.lines || []).map(
		(line) => `
		<tr>
			<td>${crm_marketplace.escape(line.offer_id)}</td>
			<td class="marketplace-title">${crm_marketplace.escape(line.title)}</td>
			<td>${item_html(line)}</td>
			<td>${crm_marketplace.escape(line.warehouse)}</td>
			<td class="text-right">${crm_marketplace.number(line.quantity)}</td>
			<td class="text-right">${crm_marketplace.money(line.price, order.currency)}</td>
		</tr>`
	);
	return `
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table">
				<thead><tr>
					<th>${__("Offer ID")}</th><th>${__("Title", null, "Marketplace Order Line")}</th><th>${__("Item", null, "Marketplace Order Line")}</th><th>${__("Warehouse")}</th>
					<th class="text-right">${__("Quantity")}</th><th class="text-right">${__("Price")}</th>
				</tr></thead>
				<tbody>${rows.join("")}</tbody>
				<tfoot>${totals_html(order)}</tfoot>
			</table>
		</div>`;
}

function item_html(line) {
	return line.item
		? crm_marketplace.escape(line.item)
		: crm_marketplace.pill(__("Unmatched", null, "Marketplace Listing"), "red");
}

function totals_html(order) {
	return [
		[__("of it taxes"), order.taxes_total],
		[__("Grand Total"), order.grand_total],
	]
		.filter(([, amount]) => amount !== null && amount !== undefined)
		.map(
			([label, amount]) => `
			<tr>
				<td colspan="5" class="text-right">${label}</td>
				<td class="text-right"><b>${crm_marketplace.money(amount, order.currency)}</b></td>
			</tr>`
		)
		.join("");
}
