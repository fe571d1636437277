// Words and colours of everything that has a state.
frappe.provide("crm_marketplace");

const HOURS_TO_WARN = 4;
const TO_SHIP = ["Pending", "Awaiting Packing", "Awaiting Shipment"];

const COLORS = {
	"Marketplace Order": {
		Pending: "gray",
		"Awaiting Packing": "orange",
		"Awaiting Shipment": "yellow",
		Shipped: "blue",
		Delivered: "green",
		Disputed: "red",
		Cancelled: "gray",
		Returned: "purple",
		"To Process": "blue",
		Done: "green",
		"On Hold": "red",
		Ignored: "gray",
	},
	"Marketplace Return": {
		Requested: "orange",
		"On The Way": "blue",
		"Ready For Pickup": "red",
		Received: "green",
		"At Marketplace": "gray",
		"Disposed Of": "gray",
		Refused: "gray",
		Lost: "red",
	},
	"Marketplace Listing": {
		Unmatched: "red",
		Suggested: "orange",
		Matched: "green",
		Ignored: "gray",
		Active: "green",
		Inactive: "gray",
		Blocked: "red",
		Archived: "gray",
		"In Sync": "green",
		Waiting: "blue",
		Error: "red",
	},
	"Marketplace Shop": {
		"Not Checked": "gray",
		Working: "green",
		Limited: "orange",
		Refused: "red",
		Unknown: "gray",
		Good: "green",
		Warning: "orange",
		Bad: "red",
		Paused: "orange",
	},
	"Marketplace Sync Log": {
		Running: "blue",
		Success: "green",
		Partial: "orange",
		Failed: "red",
		Interrupted: "orange",
	},
};

Object.assign(crm_marketplace, {
	TO_SHIP,

	color(doctype, state) {
		return COLORS[doctype][state] || "gray";
	},

	/** A state of a document as a coloured pill, in the user's language. */
	state_pill(doctype, state) {
		if (!state) return "";
		const label = crm_marketplace.escape(__(state, null, doctype));
		return crm_marketplace.pill(label, crm_marketplace.color(doctype, state));
	},

	/** As list views and form titles want it: label, colour, filter. */
	indicator(doctype, fieldname, state) {
		return [__(state, null, doctype), crm_marketplace.color(doctype, state), `${fieldname},=,${state}`];
	},

	/** What a stream is called on the desk; a stream of another app keeps its own name. */
	stream_label(stream) {
		return (
			{
				orders: __("Orders"),
				listings: __("Listings"),
				stock: __("Stock", null, "Marketplace Stream"),
				prices: __("Prices"),
				reconciliation: __("Nightly check of orders"),
				drift: __("Daily check of stock"),
				returns: __("Returns", null, "Marketplace Stream"),
				reviews: __("Reviews", null, "Marketplace Stream"),
				all: __("Everything that is on"),
			}[stream] || cstr(stream)
		);
	},

	/** How pressing the deadline of an order is: "overdue", "soon", "today", "later" or "" (nothing to ship). */
	urgency(order) {
		if (!order.ship_by || !TO_SHIP.includes(order.status)) return "";
		const minutes = crm_marketplace.minutes_until(order.ship_by);
		if (minutes < 0) return "overdue";
		if (minutes < HOURS_TO_WARN * 60) return "soon";
		return minutes < 24 * 60 ? "today" : "later";
	},

	/** The deadline as text, red when it has passed and orange when it is near. */
	ship_by(order) {
		if (!order.ship_by) return "";
		const urgency = crm_marketplace.urgency(order);
		const hint = { overdue: __("Overdue"), soon: __("Ship soon") }[urgency];
		const css = { overdue: "marketplace-overdue", soon: "marketplace-soon" }[urgency] || "";
		const spoken = hint ? `<span class="sr-only">${hint}:</span> ` : "";
		return `<span class="${css}">${spoken}${crm_marketplace.short_datetime(order.ship_by)}</span>`;
	},
});
