// The unmatched inbox: listings without an item, and the item that is likeliest, settled by mouse or keyboard.
frappe.provide("crm_marketplace");

const PAGE_LENGTH = 30;
const FIELDS = [
	"name",
	"title",
	"offer_id",
	"barcodes",
	"shop",
	"image",
	"price",
	"currency",
	"match_status",
	"suggested_item",
	"suggestion_score",
];

crm_marketplace.MatchingInbox = class MatchingInbox {
	constructor(page) {
		this.page = page;
		this.rows = [];
		this.chosen = new Set();
		this.may_match = frappe.model.can_write("Marketplace Listing");
		this.may_create = this.may_match && frappe.model.can_create("Item");
		this.make_filters();
		this.make_body();
	}

	make_filters() {
		const change = () => this.load();
		this.shop = this.page.add_field({
			fieldtype: "Link",
			fieldname: "shop",
			label: __("Shop"),
			options: "Marketplace Shop",
			change,
		});
		this.match_status = this.page.add_field({
			fieldtype: "Select",
			fieldname: "match_status",
			label: __("Match"),
			options: [
				{ value: "", label: __("Not matched yet") },
				...["Suggested", "Unmatched", "Ignored"].map((value) => ({
					value,
					label: __(value, null, "Marketplace Listing"),
				})),
			],
			change,
		});
		this.search = this.page.add_field({
			fieldtype: "Data",
			fieldname: "search",
			label: __("Title or offer ID"),
			change,
		});
	}

	make_body() {
		this.$body = $(`<div class="marketplace-inbox"></div>`).appendTo(this.page.main);
		if (this.may_match) {
			this.$keys = $(`<p class="text-muted small hidden-xs">${keys_html(this.may_create)}</p>`).appendTo(this.$body);
			this.page.add_menu_item(__("Match Again"), () => this.match_again());
			this.page.add_menu_item(__("Select All"), () => this.choose_all(), false, "Shift+A");
		}
		this.$list = $(`<div role="list"></div>`).attr("aria-label", __("Listings")).appendTo(this.$body);
		this.$more = $(`<button type="button" class="btn btn-default btn-sm"></button>`)
			.text(__("Load More"))
			.on("click", () => this.load(true))
			.appendTo(this.$body)
			.hide();
		this.$list.on("keydown", "[role=listitem]", (event) => this.on_key(event));
		this.$list.on("click", "[data-action]", (event) => this.on_click(event));
		this.$list.on("change", "input[type=checkbox]", (event) => {
			this.choose(this.row_of(event.currentTarget), event.currentTarget.checked);
		});
	}

	/** Called each time the page comes into view; a link may have brought filters. */
	async show() {
		const { shop, match_status } = frappe.route_options || {};
		frappe.route_options = null;
		if (shop) await this.shop.set_value(shop);
		if (match_status) await this.match_status.set_value(match_status);
		return this.load();
	}

	filters() {
		const filters = [];
		const shop = this.shop.get_value();
		const status = this.match_status.get_value();
		const search = this.search.get_value();
		filters.push(["match_status", "in", status ? [status] : ["Suggested", "Unmatched"]]);
		if (shop) filters.push(["shop", "=", shop]);
		return { filters, or_filters: search ? searched(search) : [] };
	}

	/** Listings from the start, or the next ones. An answer that comes after a newer question is dropped. */
	async load(more = false) {
		const question = (this.question = {});
		if (!more) this.$list.html(crm_marketplace.loading());
		const rows = await frappe.db.get_list("Marketplace Listing", {
			...this.filters(),
			fields: FIELDS,
			order_by: "match_status asc, suggestion_score desc, name asc",
			start: more ? this.rows.length : 0,
			limit: PAGE_LENGTH,
		});
		const items = await crm_marketplace.items(rows.map((row) => row.suggested_item));
		if (question !== this.question) return;
		if (!more) {
			this.rows = [];
			this.chosen.clear();
			this.$list.empty();
		}
		for (const row of rows) this.$list.append(row_element(row, items[row.suggested_item], this.may_match));
		this.rows.push(...rows);
		this.$more.toggle(rows.length === PAGE_LENGTH);
		this.after_change();
	}

	after_change() {
		if (!this.rows.length) this.show_empty();
		const $rows = this.$list.find("[role=listitem]");
		// One row at a time is in the order of the Tab key; arrows move between them.
		if (!$rows.filter("[tabindex=0]").length) $rows.first().attr("tabindex", 0);
		const confirmable = this.confirmable();
		if (this.may_match && confirmable.length) {
			this.page.set_primary_action(__("Confirm ({0})", [confirmable.length]), () =>
				this.confirm(confirmable)
			);
		} else {
			this.page.clear_primary_action();
		}
	}

	/** Why there is nothing, and the way on. */
	async show_empty() {
		const narrowed = this.shop.get_value() || this.search.get_value() || this.match_status.get_value();
		if (narrowed) {
			this.$list.html(crm_marketplace.empty(__("No listing fits these filters.")));
			return;
		}
		const question = this.question;
		const some = await frappe.db.count("Marketplace Listing", { limit: 1 });
		if (question !== this.question) return;
		const sentence = some
			? __("Nothing waits here: every listing is matched or ignored.")
			: __("No listings were pulled yet. They come with the first run of a shop.");
		const way_on = some ? "" : `<p><a href="/app/marketplace-shop">${__("Open the shops")}</a></p>`;
		this.$list.html(crm_marketplace.empty(sentence) + way_on);
	}

	// what the user does

	on_key(event) {
		if (event.target !== event.currentTarget && event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
		if (event.ctrlKey || event.altKey || event.metaKey) return;
		const row = this.row_of(event.currentTarget);
		const action = {
			ArrowDown: () => this.move(event.currentTarget, 1),
			ArrowUp: () => this.move(event.currentTarget, -1),
			" ": () => this.may_match && this.choose(row, !this.chosen.has(row.name)),
			Enter: () => this.act("confirm", row),
			KeyL: () => this.act("link", row),
			KeyN: () => this.may_create && this.act("create", row),
			KeyI: () => this.act("ignore", row),
			// By the place on the keyboard, so that letters work in a Russian layout too.
		}[event.code.startsWith("Key") ? event.code : event.key];
		if (!action) return;
		event.preventDefault();
		event.stopPropagation();
		action();
	}

	on_click(event) {
		this.act(event.currentTarget.dataset.action, this.row_of(event.currentTarget));
	}

	act(action, row) {
		if (!this.may_match) return;
		const done = () => this.remove([row]);
		if (action === "confirm" && row.suggested_item) return this.confirm([row]);
		if (action === "link") return crm_marketplace.link_dialog(row, done);
		if (action === "create") return crm_marketplace.create_item_dialog(row, done);
		if (action === "ignore") return crm_marketplace.ignore_listings([row.name], done);
	}

	confirm(rows) {
		const names = rows.map((row) => row.name);
		return crm_marketplace.confirm_suggestions(names, () => this.remove(rows));
	}

	/** All of the chosen shop; without one, those that are shown. */
	match_again() {
		const shop = this.shop.get_value();
		const listings = this.rows.map((row) => row.name);
		if (!shop && !listings.length) return;
		return crm_marketplace
			.call("match_listings", shop ? { shop } : { listings }, __("Comparing listings with items…"))
			.then((result) => {
				crm_marketplace.tell_matched(result);
				return this.load();
			});
	}

	choose(row, on) {
		if (on) this.chosen.add(row.name);
		else this.chosen.delete(row.name);
		this.element_of(row).find("input[type=checkbox]").prop("checked", on);
		this.after_change();
	}

	choose_all() {
		for (const row of this.rows) if (row.suggested_item) this.choose(row, true);
	}

	/** Take settled rows away and let the keyboard go on with the next one. */
	remove(rows) {
		const names = new Set(rows.map((row) => row.name));
		const $next = this.element_of(rows[rows.length - 1]).nextAll("[role=listitem]").first();
		for (const row of rows) {
			this.element_of(row).remove();
			this.chosen.delete(row.name);
		}
		this.rows = this.rows.filter((row) => !names.has(row.name));
		if (!this.rows.length) return this.load();
		this.after_change();
		this.focus($next.length ? $next : this.$list.find("[role=listitem]").last());
	}

	move(element, step) {
		const $target = step > 0 ? $(element).next() : $(element).prev();
		if ($target.length) this.focus($target);
	}

	focus($row) {
		this.$list.find("[tabindex=0]").attr("tabindex", -1);
		$row.attr("tabindex", 0).trigger("focus");
	}

	// what belongs to what

	confirmable() {
		return this.rows.filter((row) => this.chosen.has(row.name) && row.suggested_item);
	}

	row_of(element) {
		const name = $(element).closest("[data-name]").attr("data-name");
		return this.rows.find((row) => row.name === name);
	}

	element_of(row) {
		return this.$list.find(`[data-name="${CSS.escape(row.name)}"]`);
	}
};

function searched(text) {
	const like = `%${text}%`;
	return [
		["title", "like", like],
		["offer_id", "like", like],
		["barcodes", "like", like],
	];
}

function keys_html(may_create) {
	return [
		["↑ ↓", __("up and down")],
		["Space", __("choose")],
		["Enter", __("confirm the suggestion")],
		["L", __("link to another item")],
		...(may_create ? [["N", __("new item")]] : []),
		["I", __("ignore")],
	]
		.map(([key, meaning]) => `<kbd>${key}</kbd> ${meaning}`)
		.join(" &nbsp; ");
}

function row_element(row, item, may_match) {
	const facts = [row.offer_id, row.barcodes, row.shop].filter(Boolean).map(crm_marketplace.escape);
	if (row.price) facts.push(crm_marketplace.money(row.price, row.currency));
	const checkbox = `<input type="checkbox" tabindex="-1" aria-label="${__("Choose")}"
		${may_match && row.suggested_item ? "" : "disabled"}>`;
	return $(`
		<div class="marketplace-inbox-row" role="listitem" tabindex="-1"
			data-name="${crm_marketplace.escape(row.name)}">
			${checkbox}
			<div class="marketplace-inbox-side">
				${crm_marketplace.thumbnail(row.image, "medium")}
				<div>
					${crm_marketplace.link("Marketplace Listing", row.name, row.title || row.offer_id)}
					<div class="text-muted small">${facts.join(" · ")}</div>
				</div>
			</div>
			${suggestion_html(row, item)}
			${may_match ? buttons_html(row) : ""}
		</div>`);
}

function suggestion_html(row, item) {
	if (!row.suggested_item) {
		const pill = crm_marketplace.state_pill("Marketplace Listing", row.match_status);
		return `<div class="marketplace-inbox-side">${pill}</div>`;
	}
	return `
		<div class="marketplace-inbox-side">
			${crm_marketplace.thumbnail(item && item.image, "medium")}
			<div>
				${crm_marketplace.link("Item", row.suggested_item, (item && item.item_name) || row.suggested_item)}
				<div class="text-muted small">
					${crm_marketplace.escape(row.suggested_item)} ·
					${__("{0} % alike", [Math.round(flt(row.suggestion_score))])}
				</div>
			</div>
		</div>`;
}

function buttons_html(row) {
	const button = (action, label, primary) =>
		`<button type="button" tabindex="-1" class="btn btn-xs ${
			primary ? "btn-primary" : "btn-default"
		}" data-action="${action}">${label}</button>`;
	return `
		<div class="marketplace-buttons">
			${row.suggested_item ? button("confirm", __("Confirm"), true) : ""}
			${button("link", __("Link to Item"))}
			${frappe.model.can_create("Item") ? button("create", __("Create Item")) : ""}
			${row.match_status === "Ignored" ? "" : button("ignore", __("Ignore", null, "Marketplace Listing"))}
		</div>`;
}
