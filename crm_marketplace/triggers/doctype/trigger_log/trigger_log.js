frappe.ui.form.on("Trigger Log", {
	refresh(frm) {
		frm.disable_save();
		const $story = frm.get_field("explain_html").$wrapper.html(crm_marketplace.loading());
		crm_marketplace.trigger_call("story", { log: frm.doc.name }).then((story) => {
			const row = (label, html) => (html ? `<dt>${label}</dt><dd>${html}</dd>` : "");
			const list = (rows) => (rows.length ? `<ul class="trigger-answers">${rows.join("")}</ul>` : "");
			$story.html(`<dl class="marketplace-facts">
				${row(__("Trigger"), `<a href="/app/trigger-builder/${encodeURIComponent(frm.doc.trigger_name)}">${crm_marketplace.escape(frm.doc.trigger_title || frm.doc.trigger_name)}</a>`)}
				${row(__("Document"), crm_marketplace.link(frm.doc.document_type, frm.doc.document_name))}
				${row(__("Why"), crm_marketplace.escape(story.reason))}
				${row(__("Conditions"), list(story.conditions.map((one) => `<li>${crm_marketplace.escape(one.result ? "✓" : "✗")} ${crm_marketplace.escape(one.text)}</li>`)))}
				${row(__("Actions"), list(story.actions.map((one) => `<li>${crm_marketplace.trigger_status_pill(one.status)} ${crm_marketplace.escape(one.label)}: ${crm_marketplace.escape(one.text)} ${one.docname ? crm_marketplace.link(one.doctype, one.docname) : ""}</li>`)))}
			</dl>`);
		});
	},
});
