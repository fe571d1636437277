// The published number of a listing, warehouse by warehouse, and how it comes about.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	show_stock(frm) {
		const $panel = frm.get_field("stock_html").$wrapper.html(crm_marketplace.loading());
		const listing = frm.doc.name;
		return crm_marketplace.call("listing_stock", { listing }).then((levels) => {
			if (frm.doc.name === listing) $panel.html(levels_html(levels));
		});
	},

	/** A listing's stock by channel warehouse, loaded into an element of another form. */
	load_stock(listing, $element) {
		$element.html(crm_marketplace.loading());
		return crm_marketplace.call("listing_stock", { listing }).then((levels) => $element.html(levels_html(levels)));
	},

	/** A quantity of a stock level; -1 in the database means that it is not known yet. */
	level(value) {
		return value === null || value === undefined || value < 0 ? "—" : crm_marketplace.number(value);
	},
});

function levels_html(levels) {
	if (!levels.length) {
		return crm_marketplace.empty(
			__("No stock is published for this listing yet. Link it to an item and map the warehouses of the shop.")
		);
	}
	return `
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table marketplace-stack">
				<thead><tr>
					<th>${__("Channel Warehouse")}</th>
					<th class="text-right">${__("Should Be")}</th>
					<th class="text-right">${__("Published")}</th>
					<th class="text-right">${__("Seen at the Marketplace")}</th>
					<th>${__("State", null, "Marketplace Listing")}</th>
					<th>${__("Why this number")}</th>
				</tr></thead>
				<tbody>${levels.map(level_html).join("")}</tbody>
			</table>
		</div>`;
}

function level_html(level) {
	return `
		<tr>
			<td>
				<b>${crm_marketplace.escape(level.warehouse_name || level.warehouse_id)}</b>
				<div class="text-muted small">${crm_marketplace.escape(level.warehouse_id)}</div>
			</td>
			<td class="text-right" data-label="${__("Should Be")}"><b>${crm_marketplace.level(level.desired)}</b></td>
			<td class="text-right" data-label="${__("Published")}">${crm_marketplace.level(level.confirmed)}</td>
			<td class="text-right" data-label="${__("Seen at the Marketplace")}">${crm_marketplace.level(level.remote)}</td>
			<td data-label="${__("State", null, "Marketplace Listing")}"><div>${state_html(level)}</div></td>
			<td data-label="${__("Why this number")}"><div>${explanation_html(level)}</div></td>
		</tr>`;
}

function state_html(level) {
	if (level.refused_until) {
		return `
			<span class="indicator-pill gray">${__("Not Taken Here")}</span>
			<div class="small">${crm_marketplace.escape(level.last_error)}</div>
			<div class="text-muted small">${__("Asked again: {0}", [
				crm_marketplace.datetime(level.refused_until),
			])}</div>`;
	}
	if (level.last_error) {
		const again = level.next_attempt_at
			? `<div class="text-muted small">${__("Next attempt: {0}", [
					crm_marketplace.datetime(level.next_attempt_at),
			  ])}</div>`
			: "";
		return `
			${crm_marketplace.state_pill("Marketplace Listing", "Error")}
			<div class="small">${crm_marketplace.escape(level.last_error)}</div>${again}`;
	}
	if (level.pending) return crm_marketplace.state_pill("Marketplace Listing", "Waiting");
	return `
		${crm_marketplace.state_pill("Marketplace Listing", "In Sync")}
		<div class="text-muted small">${crm_marketplace.since(level.confirmed_at)}</div>`;
}

/** The sentence, and one click below it the sum it is made of. */
function explanation_html({ explanation, terms }) {
	const sentence = crm_marketplace.escape(explanation);
	if (!(terms || []).length) return sentence;
	const rows = terms.map(
		({ label, value }) => `
		<tr><td>${crm_marketplace.escape(label)}</td><td class="text-right">${crm_marketplace.escape(value)}</td></tr>`
	);
	return `
		<details class="marketplace-explanation">
			<summary>${sentence || __("Show")}</summary>
			<table class="table table-sm marketplace-table">${rows.join("")}</table>
		</details>`;
}
