// Errors of a run, grouped: the sentence first, the technical part one click away.
frappe.provide("crm_marketplace");

const SHOWN_RECORDS = 20;

Object.assign(crm_marketplace, {
	show_errors(frm) {
		const errors = frm.doc.errors || [];
		frm.get_field("errors_html").$wrapper.html(errors.map(error_html).join(""));
	},
});

function error_html(error) {
	return `
		<section class="marketplace-card marketplace-card-red">
			<header>
				<b>${crm_marketplace.escape(error.sentence)}</b>
				<span class="text-muted">${__("{0} times", [crm_marketplace.number(error.count)])}</span>
			</header>
			<p>${crm_marketplace.escape(error.next_step)}</p>
			${records_html(error.record_ids)}
			${technical_html(error)}
		</section>`;
}

function records_html(record_ids) {
	const records = cstr(record_ids)
		.split(/[\n,]+/)
		.map((id) => id.trim())
		.filter(Boolean);
	if (!records.length) return "";
	const shown = records.slice(0, SHOWN_RECORDS).map((id) => `<code>${crm_marketplace.escape(id)}</code>`);
	const rest = records.length - shown.length;
	const more = rest > 0 ? ` ${__("and {0} more", [rest])}` : "";
	return `<p class="small">${__("Records")}: ${shown.join(" ")}${more}</p>`;
}

function technical_html({ request_id, detail, traceback }) {
	if (!request_id && !detail && !traceback) return "";
	const request = request_id
		? `<p class="small">${__("Request ID")}: <code>${crm_marketplace.escape(request_id)}</code></p>`
		: "";
	const texts = [detail, traceback]
		.filter(Boolean)
		.map((text) => `<pre class="small">${crm_marketplace.escape(text)}</pre>`)
		.join("");
	return `<details><summary class="small text-muted">${__("For the administrator")}</summary>${request}${texts}</details>`;
}
