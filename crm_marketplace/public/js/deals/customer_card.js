// What a customer is worth, above their form: turnover, orders, balance, open deals.
frappe.provide("crm_marketplace.deals");

async function show_numbers(frm) {
	frm.layout.wrapper.find(".deals-numbers").remove();
	if (frm.is_new()) return;
	const name = frm.doc.name;
	const answer = await crm_marketplace.deals.call("customers.card_numbers", { customer: name });
	if (frm.doc.name !== name) return;
	const tiles = [...answer.currencies.flatMap(money_tiles), ...answer.deals.map(deal_tile)].filter(Boolean);
	frm.layout.wrapper.find(".deals-numbers").remove();
	if (!tiles.length) return;
	const html = tiles.map(
		({ label, value, hint, css }) => `
			<div class="deals-number ${css || ""}" title="${crm_marketplace.escape(hint || "")}">
				<b>${value}</b><span class="text-muted">${label}</span>
			</div>`
	);
	frm.layout.wrapper.prepend(
		$(`<div class="deals-numbers" role="group" aria-label="${__("Numbers of the customer")}">${html.join("")}</div>`)
	);
}

function money_tiles(row) {
	const money = (value) => crm_marketplace.deals.money(value, row.currency);
	const tiles = [];
	if (row.turnover !== undefined) tiles.push({ label: __("Turnover"), value: money(row.turnover) });
	if (row.orders) {
		tiles.push({ label: __("Orders"), value: crm_marketplace.number(row.orders) });
		tiles.push({ label: __("Average order"), value: money(row.average) });
		tiles.push({
			label: row.rhythm ? __("Last order, usually every {0} d", [row.rhythm]) : __("Last order"),
			value: crm_marketplace.escape(frappe.datetime.str_to_user(row.last_order)),
			hint: row.late ? __("Silent for more than twice the usual time: call them.") : "",
			css: row.late ? "deals-number-late" : "",
		});
	}
	if (row.margin !== undefined && row.margin !== null) {
		tiles.push({ label: __("Margin of orders"), value: __("{0} %", [row.margin]) });
	}
	if (row.balance) {
		tiles.push({
			label: row.balance > 0 ? __("Owes") : __("Paid ahead"),
			value: money(Math.abs(row.balance)),
			css: row.balance > 0 ? "deals-number-late" : "",
		});
	}
	return tiles;
}

function deal_tile(row) {
	return {
		label: __("Open deals: {0}", [row.deals]),
		value: crm_marketplace.deals.money(row.amount, row.currency),
		hint: `${__("Weighted Amount")}: ${format_currency(row.weighted, row.currency, 0)}`,
	};
}

frappe.ui.form.on("Customer", { refresh: show_numbers });
