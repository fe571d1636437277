// What a trigger would do, tried on documents: nothing is sent and nothing is changed.
frappe.provide("crm_marketplace");

crm_marketplace.TriggerTest = class TriggerTest {
	/**
	 * @param {jQuery} $parent
	 * @param {Function} values gives the trigger as the builder shows it
	 */
	constructor({ $parent, values }) {
		this.$parent = $parent;
		this.get_values = values;
		this.draw();
	}

	draw() {
		const $buttons = $(`<div class="marketplace-buttons"></div>`).appendTo(this.$parent.empty());
		const button = (label, act) =>
			$(`<button type="button" class="btn btn-sm btn-default"></button>`).text(label).on("click", act).appendTo($buttons);
		button(__("On the latest document"), () => this.try_document());
		button(__("On one document …"), () => this.choose_document());
		button(__("Since yesterday"), () => this.try_days(1));
		button(__("Last 7 days"), () => this.try_days(7));
		this.$result = $(`<div class="trigger-result" aria-live="polite"></div>`).appendTo(this.$parent);
	}

	choose_document() {
		const doctype = this.get_values().document_type;
		if (!doctype) return;
		frappe.prompt(
			{ fieldtype: "Link", fieldname: "name", options: doctype, label: __(doctype), reqd: 1 },
			({ name }) => this.try_document(name),
			__("Test on one document")
		);
	}

	async try_document(name, changes) {
		this.$result.html(crm_marketplace.loading());
		const found = await this.trying(() =>
			crm_marketplace.trigger_call("try_document", { values: this.get_values(), name, changes })
		);
		if (found === undefined) return;
		this.$result.html(found ? test_html(found) : crm_marketplace.empty(__("There is no document to test with yet.")));
		show_letters(this.$result, found);
	}

	async try_days(days) {
		this.$result.html(crm_marketplace.loading());
		const found = await this.trying(() =>
			crm_marketplace.trigger_call("try_days", { values: this.get_values(), days })
		);
		if (found === undefined) return;
		this.$result.html(days_html(found));
		this.$result.find("[data-index]").on("click", (event) => {
			const row = found.rows[cint(event.currentTarget.dataset.index)];
			this.try_document(row.name, row.changes);
		});
	}

	async trying(ask) {
		try {
			return await ask();
		} catch {
			this.$result.html(crm_marketplace.empty(__("It is not complete yet.")));
			return undefined;
		}
	}
};

function test_html(found) {
	const head = found.fires
		? `<div class="marketplace-banner marketplace-banner-green"><div>${__("It would fire on {0}.", [document_html(found)])}</div></div>`
		: `<div class="marketplace-banner"><div>${__("It would not fire on {0}.", [document_html(found)])}
			${crm_marketplace.escape(found.problem || "")}</div></div>`;
	const conditions = found.conditions
		.map((row) => {
			const mark = row.result ? "tick" : "close";
			const value =
				row.found === null || row.found === undefined
					? ""
					: `<span class="text-muted">(${crm_marketplace.escape(__("now: {0}", [row.found]))})</span>`;
			return `<li class="${row.result ? "marketplace-green" : "marketplace-red"}">${frappe.utils.icon(mark, "xs")}
				<span class="trigger-plain">${crm_marketplace.escape(row.text)} ${value}</span></li>`;
		})
		.join("");
	const actions = found.actions
		.map(
			(row, index) => `<div class="trigger-preview ${row.problem ? "trigger-preview-problem" : ""}">
			<b>${index + 1}. ${crm_marketplace.escape(row.label)}</b>
			${row.delay ? `<span class="text-muted small">${__("after {0} minutes", [row.delay])}</span>` : ""}
			<div>${crm_marketplace.escape(row.sentence)}</div>
			${row.subject ? `<div class="trigger-subject">${crm_marketplace.escape(row.subject)}</div>` : ""}
			${row.html ? `<iframe class="trigger-letter" sandbox="allow-same-origin allow-popups" title="${__("Preview")}" data-index="${index}"></iframe>` : ""}
			</div>`
		)
		.join("");
	return `${head}<ul class="trigger-answers">${conditions}</ul>${actions}`;
}

/** What a text would look like, in a frame where nothing runs; as high as it is, up to a limit. */
function show_letters($result, found) {
	$result.find("iframe.trigger-letter").each((_index, frame) => {
		const html = found.actions[cint(frame.dataset.index)].html;
		frame.addEventListener("load", () => {
			frame.style.height = `${Math.min(frame.contentDocument.body.scrollHeight + 20, 420)}px`;
		});
		frame.srcdoc = `<meta name="referrer" content="no-referrer"><base target="_blank">
			<style>body{font:14px system-ui,sans-serif;margin:8px;color:#222;background:#fff}img{max-width:100%}
			p:first-child{margin-top:0}li[data-list]{list-style:none;margin-left:-1.5em}
			li[data-list]::before{content:"☐ "}</style>${html}`;
	});
}

function days_html(found) {
	if (found.problem) return crm_marketplace.empty(found.problem);
	const head = __("Would have fired {0} times, of {1} events looked at.", [found.fired, found.scanned]);
	const rows = found.rows
		.map(
			(row, index) => `<li><button type="button" class="btn btn-link btn-xs" data-index="${index}">${crm_marketplace.escape(
				row.title || row.name
			)}</button> <span class="text-muted small">${crm_marketplace.datetime(row.happened_at)}</span></li>`
		)
		.join("");
	const more = found.more ? crm_marketplace.empty(__("Older events were not looked at.")) : "";
	return `<p class="trigger-count"><b>${crm_marketplace.escape(head)}</b></p><ul class="trigger-days">${rows}</ul>${more}`;
}

function document_html(found) {
	return found.name
		? crm_marketplace.link(found.doctype, found.name, found.title)
		: crm_marketplace.escape(__("no document"));
}
