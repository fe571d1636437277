// The hold of an order: what is missing, in one sentence, and the buttons that release it.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	show_hold(frm) {
		const $panel = frm.get_field("hold_html").$wrapper.empty();
		if (frm.doc.needs_resolution) $panel.append(resolution_element(frm));
		if (frm.doc.state !== "On Hold") return Promise.resolve();
		const $hold = $("<div></div>").html(crm_marketplace.loading()).appendTo($panel);
		const order = frm.doc.name;
		return crm_marketplace.call("order_hold", { order }).then((hold) => {
			if (frm.doc.name === order) $hold.html(hold ? hold_element(frm, hold) : "");
		});
	},

	/** Ask for a reason and ignore the orders. */
	ignore_orders(orders, done) {
		frappe.prompt(
			{
				fieldtype: "Small Text",
				fieldname: "reason",
				label: __("Reason"),
				reqd: 1,
				description: __("It stays on the order, so that the next person knows."),
			},
			({ reason }) =>
				crm_marketplace
					.call("ignore_orders", { orders, reason }, __("Saving…"))
					.then(({ ignored }) => {
						frappe.show_alert({ message: __("Ignored orders: {0}", [ignored]), indicator: "blue" });
						done();
					}),
			__("Ignore", null, "Marketplace Order"),
			__("Ignore", null, "Marketplace Order")
		);
	},

	/** `options`: `ignored` takes back those that were left out, too. */
	process_orders(orders, done, options = {}) {
		const asked = { orders, ...options };
		return crm_marketplace.call("process_orders", asked, __("Starting…")).then(({ queued }) => {
			frappe.show_alert({ message: __("Queued orders: {0}", [queued]), indicator: "blue" });
			done();
		});
	},
});

function resolution_element(frm) {
	const $banner = $(`
		<div class="marketplace-banner marketplace-banner-orange" role="alert">
			<div><b>${__("The marketplace and ERPNext disagree.")}</b>
			${crm_marketplace.escape(__(frm.doc.resolution_reason))}</div>
		</div>`);
	if (crm_marketplace.may_operate()) {
		$(`<button type="button" class="btn btn-xs btn-default"></button>`)
			.text(__("Settled", null, "Marketplace Order"))
			.on("click", () => settle(frm))
			.appendTo($banner);
	}
	return $banner;
}

function settle(frm) {
	frappe.prompt(
		{ fieldtype: "Small Text", fieldname: "note", label: __("What was done?"), reqd: 1 },
		({ note }) =>
			crm_marketplace
				.call("resolve_order", { order: frm.doc.name, note }, __("Saving…"))
				.then(() => frm.reload_doc()),
		__("Settled", null, "Marketplace Order"),
		__("Save")
	);
}

function hold_element(frm, hold) {
	const since = hold.since ? `<span class="text-muted small">${crm_marketplace.since(hold.since)}</span>` : "";
	const $panel = $(`
		<div class="marketplace-banner marketplace-banner-red" role="alert">
			<div>
				<b>${crm_marketplace.escape(hold.sentence)}</b> ${since}
				<div>${crm_marketplace.escape(hold.next_step)}</div>
			</div>
			<div class="marketplace-buttons"></div>
		</div>`);
	if (crm_marketplace.may_operate()) {
		for (const action of (hold.actions || []).filter(is_possible)) {
			$(`<button type="button" class="btn btn-xs"></button>`)
				.addClass(action.primary ? "btn-primary" : "btn-default")
				.attr("data-action", action.action)
				.text(action.label)
				.on("click", () => release(frm, action))
				.appendTo($panel.find(".marketplace-buttons"));
		}
	}
	return $panel;
}

function is_possible({ action }) {
	return action !== "create_item" || frappe.model.can_create("Item");
}

function release(frm, action) {
	if (action.action === "open_shop") return frappe.set_route("Form", "Marketplace Shop", frm.doc.shop);
	const run = (values) =>
		crm_marketplace
			.call("release_order", { order: frm.doc.name, action: action.action, values }, __("Saving…"))
			.then(({ state, message }) => {
				const indicator = state === "On Hold" ? "orange" : "green";
				frappe.show_alert({ message: crm_marketplace.escape(message), indicator }, 7);
				return frm.reload_doc();
			});
	if (!(action.fields || []).length) return run({});
	const dialog = new frappe.ui.Dialog({
		title: crm_marketplace.escape(action.label),
		fields: action.fields,
		primary_action_label: crm_marketplace.escape(action.label),
		// The dialog stays with what was typed in when the server refuses.
		primary_action: (values) => run(values).then(() => dialog.hide()),
	});
	dialog.show();
	return dialog;
}
