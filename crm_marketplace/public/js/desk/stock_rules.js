// Stock rules of many listings from a file: look at what it would do, then let it be done.
frappe.provide("crm_marketplace");

const RULES = [
	["stock_buffer", () => __("Keep Back (buffer)")],
	["stock_share", () => __("Share", null, "Marketplace Listing")],
	["stock_maximum", () => __("Publish at Most")],
	["stock_stop_at", () => __("Stop At")],
	["stock_priority", () => __("Priority")],
];

Object.assign(crm_marketplace, {
	stock_rules_dialog(shop, done) {
		return new StockRulesDialog(shop, done).show();
	},
});

class StockRulesDialog {
	constructor(shop, done) {
		this.shop = shop;
		this.done = done;
	}

	show() {
		this.dialog = new frappe.ui.Dialog({
			title: __("Import Stock Rules"),
			size: "extra-large",
			fields: [{ fieldtype: "HTML", fieldname: "body" }],
		});
		this.$body = this.dialog.get_field("body").$wrapper.html(intro_html(this.shop));
		this.$result = this.$body.find(".marketplace-result");
		this.$body.find("input[type=file]").on("change", ({ target }) => this.choose(target.files[0]));
		this.dialog.show();
		return this.dialog;
	}

	choose(file) {
		this.$result.empty();
		this.dialog.get_primary_btn().addClass("hide");
		if (!file) return;
		return read(file).then((content) => {
			this.file = { name: file.name, content };
			return this.check();
		});
	}

	check() {
		return crm_marketplace.call("check_stock_rules", this.file, __("Checking the file…")).then((checked) => {
			this.$result.html(result_html(checked));
			if (!checked.changes) return;
			const label = checked.errors
				? __("Import the Correct Rows ({0})", [checked.changes])
				: __("Import ({0})", [checked.changes]);
			this.dialog.set_primary_action(label, () => this.import());
			this.dialog.get_primary_btn().removeClass("hide");
		});
	}

	import() {
		return crm_marketplace
			.call("import_stock_rules", { ...this.file, only_correct: 1 }, __("Saving…"))
			.then(({ changed, left_out }) => {
				this.dialog.hide();
				const more = left_out ? ` ${__("Rows left out: {0}", [left_out])}` : "";
				frappe.show_alert(
					{ message: __("Changed listings: {0}", [changed]) + more, indicator: left_out ? "orange" : "green" },
					7
				);
				this.done();
			});
	}
}

/** A file as Base64. */
function read(file) {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onload = () => resolve(cstr(reader.result).split(",")[1] || "");
		reader.onerror = () => reject(reader.error);
		reader.readAsDataURL(file);
	});
}

function download_link(method, args, label) {
	const query = new URLSearchParams(args).toString();
	return `<a href="/api/method/crm_marketplace.marketplace.api.${method}?${crm_marketplace.escape(
		query
	)}" download>${label}</a>`;
}

function intro_html(shop) {
	const of_shop = shop ? { shop } : {};
	const links = [
		download_link("stock_rules_template", { file_type: "xlsx" }, __("Empty template (XLSX)")),
		download_link("export_stock_rules", { ...of_shop, file_type: "xlsx" }, __("Present rules (XLSX)")),
		download_link("export_stock_rules", { ...of_shop, file_type: "csv" }, __("Present rules (CSV)")),
	];
	return `
		<p>${__(
			"A table with the columns shop, offer_id, buffer, share, maximum, stop_at, publish. A row with all numbers empty follows the rules of its shop."
		)}</p>
		<p class="marketplace-links">${links.join(" · ")}</p>
		<label class="d-block">
			<span class="sr-only">${__("File", null, "Marketplace Listing")}</span>
			<input type="file" accept=".xlsx,.csv" class="form-control-file">
		</label>
		<div class="marketplace-result" aria-live="polite"></div>`;
}

function result_html(checked) {
	const pills = [
		crm_marketplace.pill(__("Changes: {0}", [checked.changes]), checked.changes ? "blue" : "gray"),
		crm_marketplace.pill(__("Unchanged: {0}", [checked.unchanged]), "gray"),
		crm_marketplace.pill(__("Wrong rows: {0}", [checked.errors]), checked.errors ? "red" : "gray"),
	];
	return `
		<div class="marketplace-pills">${pills.join(" ")}</div>
		${errors_html(checked)}
		${changes_html(checked)}`;
}

function errors_html({ shown_errors, errors }) {
	if (!errors) return "";
	const rows = shown_errors.map(
		(row) => `
		<tr>
			<td><b>${crm_marketplace.number(row.row)}</b></td>
			<td data-label="${__("Offer ID")}">${crm_marketplace.escape([row.shop, row.offer_id].filter(Boolean).join(" · "))}</td>
			<td data-label="${__("What is wrong")}" class="marketplace-overdue">
				<div>${row.errors.map(crm_marketplace.escape).join("<br>")}</div>
			</td>
		</tr>`
	);
	return table_html(
		__("Wrong rows"),
		[__("Row", null, "Marketplace Listing"), __("Offer ID"), __("What is wrong")],
		rows,
		errors - shown_errors.length
	);
}

function changes_html({ shown_changes, changes }) {
	if (!changes) return "";
	const rows = shown_changes.map(
		(change) => `
		<tr>
			<td>
				<b>${crm_marketplace.escape(change.title || change.offer_id)}</b>
				<div class="text-muted small">${crm_marketplace.escape(change.shop)} · ${crm_marketplace.escape(
			change.offer_id
		)}</div>
			</td>
			<td data-label="${__("Now", null, "Marketplace Listing")}">${rules_text(change.before)}</td>
			<td data-label="${__("After the import")}"><b>${rules_text(change.after)}</b></td>
		</tr>`
	);
	return table_html(
		__("What would change"),
		[__("Listing"), __("Now", null, "Marketplace Listing"), __("After the import")],
		rows,
		changes - shown_changes.length
	);
}

function table_html(title, headings, rows, more) {
	const head = headings.map((heading) => `<th>${heading}</th>`).join("");
	const rest = more > 0 ? `<p class="text-muted small">${__("and {0} more", [crm_marketplace.number(more)])}</p>` : "";
	return `
		<div class="marketplace-heading">${title}</div>
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table marketplace-stack">
				<thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody>
			</table>
		</div>${rest}`;
}

function rules_text(rules) {
	const parts = rules.own_stock_policy
		? RULES.filter(([field]) => rules[field] || field === "stock_share").map(
				([field, label]) => `${label()}: ${crm_marketplace.number(rules[field])}`
		  )
		: [__("as the shop")];
	if (!rules.publish_stock) parts.push(__("not published"));
	return parts.map(crm_marketplace.escape).join(", ");
}
