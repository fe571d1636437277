// From a figure of a report to the records it is made of.
frappe.provide("crm_marketplace.deals");

const MOST_IN_LIST = 200;

/** @param {string} shown HTML of the figure */
crm_marketplace.deals.link_behind = function (shown, column, data) {
	const attributes = { "data-behind": column.fieldname, "data-key": data.key, title: __("Show what is behind it") };
	const text = Object.entries(attributes)
		.map(([name, value]) => `${name}="${crm_marketplace.escape(value)}"`)
		.join(" ");
	return `<a href="#" ${text}>${shown}</a>`;
};

$(document).on("click", "[data-behind]", (event) => {
	event.preventDefault();
	const report = frappe.query_report;
	const { behind: column, key } = event.currentTarget.dataset;
	const row = (report.data || []).find((one) => String(one.key) === key) || {};
	new Behind(report, column, key, row).open();
});

// The table of a report takes Enter for the beginning of an edit, before a link in it sees the key.
document.addEventListener(
	"keydown",
	(event) => {
		const link = event.key === "Enter" && event.target.closest && event.target.closest(".dt-cell a[href='#']");
		if (!link) return;
		event.preventDefault();
		event.stopPropagation();
		link.click();
	},
	true
);

class Behind {
	constructor(report, column, key, row) {
		this.asked = { report: report.report_name, column, key, filters: report.get_filter_values() };
		const [first] = report.columns;
		const label = (report.columns.find((one) => one.fieldname === column) || {}).label;
		this.title = [row[first.fieldname], label].filter(Boolean).join(" · ");
		if (first.fieldname === "place") this.title = [row.who, label].filter(Boolean).join(" · ");
		this.names = [];
	}

	async open() {
		this.dialog = new frappe.ui.Dialog({ title: crm_marketplace.escape(this.title), size: "large" });
		this.$count = $(`<p class="text-muted deals-behind-count"></p>`).appendTo(this.dialog.body);
		this.$rows = $(`<tbody></tbody>`);
		$(`<div class="deals-behind"><table class="table table-sm marketplace-table"></table></div>`)
			.appendTo(this.dialog.body)
			.find("table")
			.append(this.$rows);
		this.$more = $(`<button type="button" class="btn btn-default btn-sm"></button>`)
			.text(__("Show more"))
			.on("click", () => this.load())
			.hide()
			.appendTo(this.dialog.body);
		this.dialog.show();
		await this.load();
	}

	async load() {
		const answer = await crm_marketplace.deals.call("reports.behind", { ...this.asked, start: this.names.length });
		for (const row of answer.rows) {
			this.names.push(row.name);
			this.$rows.append(row_html(answer.doctype, row));
		}
		this.$more.toggle(this.names.length < answer.total);
		this.$count.text(this.count_of(answer));
		if (answer.total && answer.total <= MOST_IN_LIST && frappe.model.can_read(answer.doctype)) {
			this.dialog.set_primary_action(__("Open as a list"), () => this.open_list(answer));
		}
	}

	count_of({ total, more }) {
		if (!total) return __("You may not open any of them.");
		return more ? __("The last {0} of many", [total]) : __("{0} in all", [total]);
	}

	async open_list({ doctype, total }) {
		while (this.names.length < total) {
			const before = this.names.length;
			await this.load();
			if (this.names.length === before) break;
		}
		this.dialog.hide();
		frappe.route_options = { name: ["in", this.names.join(",")] };
		frappe.set_route("List", doctype, "List");
	}
}

function row_html(doctype, row) {
	const facts = [row.about, row.state, row.person].filter(Boolean).join(" · ");
	return `<tr>
		<td class="marketplace-title">${crm_marketplace.link(doctype, row.name, row.title)}
			<div class="text-muted">${crm_marketplace.escape(facts)}</div></td>
		<td class="text-right">${row.amount ? crm_marketplace.money(row.amount, row.currency) : ""}
			<div class="text-muted">${row.on ? crm_marketplace.short_datetime(row.on) : ""}</div></td>
	</tr>`;
}
