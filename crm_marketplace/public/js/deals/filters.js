// The bar above the board: pipeline, search, quick filters with their numbers, more filters, order, saved views.
frappe.provide("crm_marketplace.deals");

const SEARCH_DELAY = 250;
const SORTS = {
	next_step: () => __("By next step"),
	amount: () => __("By amount"),
	newest: () => __("Newest first"),
	longest: () => __("Longest in the stage"),
};

crm_marketplace.deals.FilterBar = class FilterBar {
	/** @param {DealBoard} board told by `board.load()` when anything changes */
	constructor(board) {
		this.board = board;
		this.values = {};
		this.sort = "next_step";
		this.make();
	}

	make() {
		this.$bar = $(`
			<div class="deals-bar" role="toolbar" aria-label="${__("Filters")}">
				<select class="form-control input-sm deals-pipeline" aria-label="${__("Pipeline")}"></select>
				<div class="btn-group deals-view" role="group" aria-label="${__("View")}">
					<button type="button" class="btn btn-default btn-xs" data-view="board">${__("Board")}</button>
					<button type="button" class="btn btn-default btn-xs" data-view="forecast">${__("Forecast")}</button>
				</div>
				<input type="search" class="form-control input-sm deals-search" placeholder="${__("Search")} ( / )"
					aria-label="${__("Search")}">
				<div class="deals-chips"></div>
				<div class="deals-plan"></div>
				<div class="deals-bar-end">
					<select class="form-control input-sm deals-sort" aria-label="${__("Sorted by")}"></select>
					<select class="form-control input-sm deals-views" aria-label="${__("Views")}"></select>
				</div>
			</div>`);
		this.$bar.appendTo(this.board.$body);
		this.make_chips();
		for (const [key, label] of Object.entries(SORTS)) {
			this.$bar.find(".deals-sort").append($("<option>").val(key).text(label()));
		}
		this.$bar.find(".deals-pipeline").on("change", (event) => this.board.open_pipeline(event.target.value));
		this.$bar.on("click", "[data-view]", (event) => this.board.show_view(event.currentTarget.dataset.view));
		this.$bar.find(".deals-sort").on("change", (event) => {
			this.sort = event.target.value;
			this.board.load();
		});
		this.$bar.find(".deals-views").on("change", (event) => this.on_view(event.target.value));
		const search = frappe.utils.debounce(() => this.set({ search: this.$search.val().trim() }), SEARCH_DELAY);
		this.$search = this.$bar.find(".deals-search").on("input", search);
		this.$search.on("keydown", (event) => event.stopPropagation());
	}

	make_chips() {
		const chips = [
			["mine", __("Mine")],
			["overdue", __("Overdue"), "red"],
			["today", __("Today"), "green"],
			["no_step", __("No next step"), "orange"],
			["stuck", __("Stuck"), "purple"],
			["nobody", __("Nobody's")],
			["more", __("More filters")],
		];
		const $chips = this.$bar.find(".deals-chips");
		for (const [key, label, color] of chips) {
			const $chip = $(`<button type="button" class="btn btn-xs btn-default" aria-pressed="false"></button>`)
				.attr("data-chip", key)
				.text(label)
				.on("click", () => this.on_chip(key))
				.appendTo($chips);
			if (color) $chip.prepend($(`<span class="indicator ${color}"></span>`));
			$(`<span class="marketplace-count"></span>`).appendTo($chip);
		}
	}

	on_chip(key) {
		if (key === "more") return this.open_more();
		if (key === "mine") return this.toggle("responsible", "__me");
		if (key === "nobody") return this.toggle("responsible", "__nobody");
		this.toggle("attention", key);
	}

	toggle(field, value) {
		this.set({ [field]: this.values[field] === value ? "" : value });
	}

	set(values) {
		for (const [field, value] of Object.entries(values)) {
			if (value) this.values[field] = value;
			else delete this.values[field];
		}
		this.show();
		this.board.load();
	}

	/** What the bar shows follows its values and the last answer of the server. */
	show() {
		const press = (key, on) =>
			this.$bar.find(`[data-chip=${key}]`).attr("aria-pressed", String(on)).toggleClass("active", on);
		press("mine", this.values.responsible === "__me");
		press("nobody", this.values.responsible === "__nobody");
		for (const key of ["overdue", "today", "no_step", "stuck"]) press(key, this.values.attention === key);
		const more = ["team", "source", "tag", "close_from", "close_to"].filter((key) => this.values[key]);
		const person = (this.values.responsible || "").startsWith("__") ? "" : this.values.responsible;
		const count = more.length + (person ? 1 : 0);
		press("more", count > 0);
		this.$bar.find("[data-chip=more] .marketplace-count").text(count || "");
		if (this.$search.val().trim() !== (this.values.search || "")) this.$search.val(this.values.search || "");
		this.$bar.find(".deals-sort").val(this.sort);
	}

	/** The forecast has an order of its own. */
	show_view(view) {
		for (const button of this.$bar.find("[data-view]")) {
			const pressed = button.dataset.view === view;
			$(button).attr("aria-pressed", String(pressed)).toggleClass("active", pressed);
		}
		this.$bar.find(".deals-sort").toggle(view === "board");
	}

	show_plan(pipeline) {
		const $place = this.$bar.find(".deals-plan").attr("data-pipeline", pipeline);
		crm_marketplace.deals.show_plan($place, pipeline);
	}

	show_counts(stages) {
		for (const key of ["overdue", "today", "no_step", "stuck"]) {
			const count = stages.reduce((sum, stage) => sum + cint(stage[key]), 0);
			this.$bar.find(`[data-chip=${key}] .marketplace-count`).text(count ? format_number(count, null, 0) : "");
		}
	}

	show_pipelines(pipelines, chosen) {
		const $select = this.$bar.find(".deals-pipeline").empty();
		for (const row of pipelines) $select.append($("<option>").val(row.name).text(row.pipeline_name));
		$select.val(chosen);
	}

	// more filters

	open_more() {
		const person = (this.values.responsible || "").startsWith("__") ? "" : this.values.responsible;
		const dialog = new frappe.ui.Dialog({
			title: __("More filters"),
			fields: [
				{ fieldname: "responsible", fieldtype: "Link", options: "User", label: __("Responsible"), default: person },
				{ fieldname: "team", fieldtype: "Link", options: "Sales Person", label: __("Team"), default: this.values.team },
				{ fieldname: "source", fieldtype: "Link", options: "Lead Source", label: __("Source"), default: this.values.source },
				{ fieldname: "tag", fieldtype: "Data", label: __("Tag"), default: this.values.tag },
				{ fieldtype: "Section Break", label: __("Expected Close") },
				{ fieldname: "close_from", fieldtype: "Date", label: __("From Date"), default: this.values.close_from },
				{ fieldtype: "Column Break" },
				{ fieldname: "close_to", fieldtype: "Date", label: __("To Date"), default: this.values.close_to },
			],
			primary_action_label: __("Show"),
			primary_action: (values) => {
				dialog.hide();
				const kept = (this.values.responsible || "").startsWith("__") ? this.values.responsible : "";
				this.set({
					responsible: values.responsible || kept,
					...Object.fromEntries(
						["team", "source", "tag", "close_from", "close_to"].map((key) => [key, values[key] || ""])
					),
				});
			},
			secondary_action_label: __("Clear"),
			secondary_action: () => {
				dialog.hide();
				this.clear();
			},
		});
		dialog.show();
	}

	clear() {
		this.values = {};
		this.show();
		this.board.load();
	}

	// views

	show_views(views) {
		this.views = views;
		const $select = this.$bar.find(".deals-views").empty();
		$select.append($("<option>").val("").text(__("Views")));
		for (const view of views) {
			$select.append($("<option>").val(view.name).text(view.shared ? `${view.title} ◦` : view.title));
		}
		$select.append($("<option>").val("__save").text(__("Save this view…")));
		if (views.some((view) => view.own)) $select.append($("<option>").val("__delete").text(__("Delete a view…")));
		$select.val("");
	}

	on_view(name) {
		this.$bar.find(".deals-views").val("");
		if (name === "__save") return this.save_view();
		if (name === "__delete") return this.delete_view();
		const view = this.views.find((one) => one.name === name);
		if (!view) return;
		this.values = { ...view.filters };
		this.sort = view.sort || "next_step";
		this.show();
		this.board.load();
	}

	save_view() {
		frappe.prompt(
			[
				{ fieldname: "title", fieldtype: "Data", label: __("Name of the view"), reqd: 1 },
				{ fieldname: "shared", fieldtype: "Check", label: __("For Everybody") },
			],
			async ({ title, shared }) => {
				const views = await crm_marketplace.deals.call("board.save_view", {
					title,
					shared: cint(shared),
					pipeline: this.board.pipeline.name,
					filters: this.values,
					sort: this.sort,
				});
				this.show_views(views);
				frappe.show_alert({ message: __("The view is saved."), indicator: "green" });
			},
			__("Save this view…"),
			__("Save")
		);
	}

	delete_view() {
		const own = this.views.filter((view) => view.own);
		frappe.prompt(
			[
				{
					fieldname: "view",
					fieldtype: "Select",
					label: __("View"),
					reqd: 1,
					options: own.map((view) => ({ value: view.name, label: crm_marketplace.escape(view.title) })),
				},
			],
			async ({ view }) => this.show_views(await crm_marketplace.deals.call("board.delete_view", { name: view })),
			__("Delete a view…"),
			__("Delete")
		);
	}
};
