// Linking listings to items: the suggestion, and the dialogs to choose, create and ignore.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	/** The suggested item beside the listing, with the buttons that settle it. */
	show_match(frm) {
		const $panel = frm.get_field("match_html").$wrapper.empty();
		if (frm.doc.match_status === "Matched") return Promise.resolve();
		const $box = $(`<div class="marketplace-match"></div>`).appendTo($panel);
		if (frm.doc.match_status !== "Suggested" || !frm.doc.suggested_item) {
			$box.html(crm_marketplace.empty(unmatched_sentence(frm.doc)));
			return Promise.resolve();
		}
		return crm_marketplace.items([frm.doc.suggested_item]).then((items) => {
			$box.html(suggestion_html(frm.doc, items[frm.doc.suggested_item]));
			$box.find("[data-action=confirm]").on("click", () =>
				crm_marketplace.confirm_suggestions([frm.doc.name], () => frm.reload_doc())
			);
		});
	},

	/** What can be told of items to this user: code → {item_name, image}. One request. */
	items(codes) {
		const asked = [...new Set(codes.filter(Boolean))];
		if (!asked.length || !frappe.model.can_read("Item")) return Promise.resolve({});
		return frappe.db
			.get_list("Item", {
				filters: { name: ["in", asked] },
				fields: ["name", "item_name", "image"],
				limit: asked.length,
			})
			.then((items) => Object.fromEntries(items.map((item) => [item.name, item])));
	},

	confirm_suggestions(listings, done) {
		return crm_marketplace
			.call("confirm_suggestions", { listings }, __("Saving…"))
			.then(({ matched, released_orders }) => {
				released(__("Matched listings: {0}", [matched]), released_orders);
				done();
			});
	},

	match_again(listings, done) {
		return crm_marketplace
			.call("match_listings", { listings }, __("Comparing listings with items…"))
			.then((result) => {
				crm_marketplace.tell_matched(result);
				done();
			});
	},

	tell_matched({ queued, matched, suggested, unmatched }) {
		const message = queued
			? __("This takes a while and goes on in the background.")
			: __("Matched: {0}, suggested: {1}, unmatched: {2}", [matched, suggested, unmatched]);
		frappe.show_alert({ message, indicator: "blue" }, 7);
	},

	ignore_listings(listings, done) {
		frappe.confirm(
			__("Ignored listings get no stock, and orders with them wait for a person. Ignore {0}?", [
				listings.length,
			]),
			() => crm_marketplace.call("ignore_listings", { listings }, __("Saving…")).then(() => done())
		);
	},

	/** Choose an item, or the items of a set, for one listing. */
	link_dialog(listing, done) {
		const dialog = new frappe.ui.Dialog({
			title: __("Link to Item"),
			fields: [
				{
					fieldtype: "HTML",
					fieldname: "head",
					options: `<p><b>${crm_marketplace.escape(listing.title)}</b>
						<span class="text-muted">${crm_marketplace.escape(listing.offer_id)}</span></p>`,
				},
				{ fieldtype: "Check", fieldname: "is_kit", label: __("This is a set of several items") },
				{
					fieldtype: "Link",
					fieldname: "item",
					label: __("Item", null, "Marketplace Listing"),
					options: "Item",
					default: listing.item || listing.suggested_item,
					depends_on: "eval:!doc.is_kit",
					mandatory_depends_on: "eval:!doc.is_kit",
					get_query: sellable_items,
				},
				{
					fieldtype: "Table",
					fieldname: "components",
					label: __("Components"),
					depends_on: "is_kit",
					in_place_edit: true,
					data: [],
					fields: [
						{
							fieldtype: "Link",
							fieldname: "item",
							label: __("Item", null, "Marketplace Listing"),
							options: "Item",
							in_list_view: 1,
							reqd: 1,
							get_query: sellable_items,
						},
						{
							fieldtype: "Float",
							fieldname: "qty",
							label: __("Quantity"),
							default: 1,
							in_list_view: 1,
							reqd: 1,
						},
					],
				},
			],
			primary_action_label: __("Link", null, "Marketplace Listing"),
			primary_action(values) {
				const chosen = values.is_kit
					? { components: (values.components || []).map(({ item, qty }) => ({ item, qty })) }
					: { item: values.item };
				crm_marketplace
					.call("link_listing", { listing: listing.name, ...chosen }, __("Saving…"))
					.then(({ released_orders }) => {
						dialog.hide();
						released(__("The listing is linked."), released_orders);
						done();
					});
			},
		});
		dialog.show();
		return dialog;
	},

	create_item_dialog(listing, done) {
		const dialog = new frappe.ui.Dialog({
			title: __("Create Item"),
			fields: [
				{
					fieldtype: "Data",
					fieldname: "item_code",
					label: __("Item Code"),
					default: listing.offer_id,
					reqd: 1,
				},
				{ fieldtype: "Link", fieldname: "item_group", label: __("Item Group"), options: "Item Group" },
				{ fieldtype: "Link", fieldname: "stock_uom", label: __("Unit of Measure"), options: "UOM" },
			],
			primary_action_label: __("Create"),
			primary_action(values) {
				crm_marketplace
					.call("create_item", { listing: listing.name, ...values }, __("Saving…"))
					.then(({ item, released_orders }) => {
						dialog.hide();
						const link = crm_marketplace.link("Item", item);
						released(__("Item {0} is created.", [link]), released_orders);
						done();
					});
			},
		});
		dialog.show();
		return dialog;
	},
});

function sellable_items() {
	return { filters: { disabled: 0, has_variants: 0 } };
}

function released(message, orders) {
	const more = orders ? ` ${__("Released orders: {0}", [orders])}` : "";
	frappe.show_alert({ message: message + more, indicator: "green" }, 7);
}

function unmatched_sentence(doc) {
	return doc.match_status === "Ignored"
		? __("This listing is ignored: it gets no stock, and orders with it wait for a person.")
		: __("No item is like this one. Link it to an item, or create one from it.");
}

function suggestion_html(doc, item) {
	const button = crm_marketplace.may_operate()
		? `<button type="button" class="btn btn-xs btn-primary" data-action="confirm">${__(
				"Confirm Suggestion"
		  )}</button>`
		: "";
	return `
		<div class="marketplace-pair">
			<figure>
				${crm_marketplace.thumbnail(doc.image, "large")}
				<figcaption>
					<span class="text-muted small">${__("Listing")}</span>
					<b>${crm_marketplace.escape(doc.title)}</b>
					<span>${crm_marketplace.escape(doc.offer_id)}</span>
				</figcaption>
			</figure>
			<div class="marketplace-likeness">
				<b>${crm_marketplace.number(Math.round(flt(doc.suggestion_score)))} %</b>
				<span class="text-muted small">${__("alike")}</span>
			</div>
			<figure>
				${crm_marketplace.thumbnail(item && item.image, "large")}
				<figcaption>
					<span class="text-muted small">${__("Item", null, "Marketplace Listing")}</span>
					<b>${crm_marketplace.escape(item && item.item_name)}</b>
					<span>${crm_marketplace.link("Item", doc.suggested_item)}</span>
				</figcaption>
			</figure>
			${button}
		</div>`;
}
