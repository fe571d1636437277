// From what a source cost to what is behind it: the figures that were entered, the entries in the ledger.
frappe.provide("crm_marketplace.deals");

const SUBJECTS = { Source: "source", Campaign: "campaign", "UTM Source": "utm_source" };

/** Formatter of the report "Deals by Source": costs are links to what they are the sum of. */
crm_marketplace.deals.format_cost = function (value, row, column, data, default_formatter) {
	const shown = crm_marketplace.deals.format_text(value, row, column, data, default_formatter);
	if (!data) return shown;
	const booked = column.fieldname === "cost_booked" && data.ledger.length && frappe.model.can_read("GL Entry");
	const entered = column.fieldname === "cost_entered" && data.cost_entered && frappe.model.can_read("Advertising Cost");
	if (!booked && !entered) return shown;
	return `<a href="#" data-deals-cost="${booked ? "booked" : "entered"}"
		data-row="${crm_marketplace.escape(JSON.stringify({ subject: data.subject, ledger: data.ledger, pipeline: data.pipeline }))}">${shown}</a>`;
};

$(document).on("click", "[data-deals-cost]", (event) => {
	event.preventDefault();
	const { subject, ledger, pipeline } = JSON.parse(event.currentTarget.dataset.row);
	const filters = frappe.query_report.get_filter_values();
	if (event.currentTarget.dataset.dealsCost === "entered") return open_entered(subject, pipeline, filters);
	return ledger.length > 1 ? choose_place(ledger, filters) : open_ledger(ledger[0], filters);
});

function open_entered(subject, pipeline, filters) {
	const by = filters.by || "Source";
	frappe.route_options = { pipeline, by, [SUBJECTS[by]]: subject };
	frappe.set_route("List", "Advertising Cost", "List");
}

/** Several places in the books are named for the source: the ledger shows one at a time. */
function choose_place(ledger, filters) {
	const dialog = new frappe.ui.Dialog({ title: __("Where in the books?") });
	for (const place of ledger) {
		$(`<button type="button" class="btn btn-default btn-block text-left"></button>`)
			.text([place.company, place.account, place.cost_center, place.project].filter(Boolean).join(" · "))
			.on("click", () => {
				dialog.hide();
				open_ledger(place, filters);
			})
			.appendTo(dialog.body);
	}
	dialog.show();
}

function open_ledger(place, filters) {
	const list = (value) => (value ? [value] : []);
	frappe.route_options = {
		company: place.company,
		from_date: filters.from_date,
		to_date: filters.to_date,
		account: list(place.account),
		cost_center: list(place.cost_center),
		project: list(place.project),
		group_by: "",
	};
	frappe.set_route("query-report", "General Ledger");
}
