crm_marketplace.show_as_text("Party Duplicate");

frappe.listview_settings["Party Duplicate"] = {
	hide_name_column: true,
	filters: [["state", "=", "Suspected"]],
	formatters: {
		reasons: (value) => crm_marketplace.escape(crm_marketplace.deals.reason_text(cstr(value).split(", "))),
	},

	get_indicator(doc) {
		const color = { Suspected: "orange", Merged: "green", "Not a Duplicate": "gray" }[doc.state];
		return [__(doc.state, null, "Party Duplicate"), color, `state,=,${doc.state}`];
	},

	onload(listview) {
		if (!crm_marketplace.deals.may_judge()) return;
		listview.page.add_inner_button(__("Search Now"), async () => {
			await crm_marketplace.deals.call("duplicates.search_now");
			frappe.show_alert({ message: __("The search runs; the list fills by itself."), indicator: "blue" });
		});
		if (crm_marketplace.deals.may_merge()) {
			listview.page.add_actions_menu_item(__("Merge"), () => merge_many(listview), false);
		}
		listview.page.add_actions_menu_item(__("Not duplicates"), () => not_duplicates(listview), false);
	},

	button: {
		show: (doc) => doc.state === "Suspected" && crm_marketplace.deals.may_merge(doc.party_type),
		get_label: () => __("Compare"),
		get_description: (doc) => __("Compare {0} and {1}", [doc.one_name, doc.other_name]),
		action: (doc) =>
			crm_marketplace.deals.compare(doc.party_type, doc.other, doc.one, () => cur_list && cur_list.refresh()),
	},
};

/** What many merges would do is shown before they are done. */
async function merge_many(listview) {
	const names = listview.get_checked_items(true);
	const rows = await crm_marketplace.deals.call("duplicates.preview_many", { names });
	const escape = crm_marketplace.escape;
	const lines = rows.map(
		(row) =>
			`<li>${escape(row.source_name)} → <b>${escape(row.target_name)}</b>, ${__("links: {0}", [row.links])}</li>`
	);
	frappe.confirm(
		`<p>${__("Merge {0} pairs? The older of each pair stays. Each merge can be taken back.", [rows.length])}</p>
		<ul>${lines.join("")}</ul>`,
		async () => {
			const answer = await crm_marketplace.deals.call("duplicates.merge_many", { names });
			frappe.show_alert({ message: __("Merged: {0}", [answer.merged]), indicator: "green" });
			if (answer.failed.length) show_failed(answer.failed);
			listview.refresh();
		}
	);
}

/** Pairs that were refused, each with the reason. */
function show_failed(failed) {
	const escape = crm_marketplace.escape;
	const lines = failed.map(
		(row) => `<li>${escape(row.source_name)} → <b>${escape(row.target_name)}</b>: ${escape(row.reason)}</li>`
	);
	frappe.msgprint({
		title: __("Not merged: {0}", [failed.length]),
		message: `<ul>${lines.join("")}</ul>`,
		indicator: "orange",
	});
}

async function not_duplicates(listview) {
	await crm_marketplace.deals.call("duplicates.not_duplicates", { names: listview.get_checked_items(true) });
	listview.refresh();
}
