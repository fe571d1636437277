// How published stock may differ from what it should be, and sending it again.
frappe.provide("crm_marketplace");

const KINDS = {
	Waiting: { color: "blue", label: () => __("Waiting") },
	Error: { color: "red", label: () => __("Error") },
	Drift: { color: "orange", label: () => __("Drift") },
	Repaired: { color: "green", label: () => __("Repaired") },
	"In Sync": { color: "green", label: () => __("In Sync") },
};

Object.assign(crm_marketplace, {
	/** Options of a filter by kind. */
	stock_kind_options(...kinds) {
		return ["", ...kinds.map((value) => ({ value, label: KINDS[value].label() }))];
	},

	stock_kind_pill(kind) {
		return KINDS[kind] ? crm_marketplace.pill(KINDS[kind].label(), KINDS[kind].color) : "";
	},

	/** A button on a report of stock: send again what its rows of these kinds show. */
	add_repair_button(report) {
		if (!crm_marketplace.may_operate()) return;
		report.page.add_inner_button(__("Repair", null, "Marketplace Stock Level"), () => {
			const open = (report.data || []).filter(({ kind }) => ["Waiting", "Error", "Drift"].includes(kind));
			repair([...new Set(open.map(({ shop }) => shop))], () => report.refresh());
		});
	},
});

function repair(shops, done) {
	if (!shops.length) {
		frappe.show_alert({ message: __("There is nothing to repair."), indicator: "green" });
		return;
	}
	const names = shops.map(crm_marketplace.escape).join(", ");
	frappe.confirm(__("Send the stock of these shops again: {0}?", [names]), () =>
		crm_marketplace.call("repair_stock", { shops }, __("Starting…")).then(({ queued, skipped }) => {
			const reasons = Object.entries(skipped).map(
				([shop, reason]) => `${crm_marketplace.escape(shop)}: ${crm_marketplace.escape(reason)}`
			);
			if (reasons.length) frappe.msgprint({ title: __("Left out"), message: reasons.join("<br>") });
			if (queued.length) {
				frappe.show_alert(
					{ message: __("Stock runs queued: {0}. Refresh in a minute.", [queued.length]), indicator: "blue" },
					7
				);
			}
			done();
		})
	);
}
