// The board: columns are stages, cards are deals.
frappe.provide("crm_marketplace.deals");

const LIVE_DELAY = 400;
const REMEMBERED = "crm_marketplace_deals_pipeline";

crm_marketplace.DealBoard = class DealBoard {
	constructor(page) {
		this.page = page;
		this.columns = new Map();
		this.users = {};
		this.changed = new Set();
		this.moving = new Set(); // names of deals whose stage is being changed
		this.held = false; // a card is in the user's hand
		this.view = "board";
		this.make();
		this.listen();
	}

	make() {
		this.page.wrapper.addClass("deals-page");
		this.$body = $(`<div class="deals-body"></div>`).appendTo(this.page.main);
		this.filters = new crm_marketplace.deals.FilterBar(this);
		this.$board = $(`<div class="deals-board"></div>`).appendTo(this.$body);
		this.$said = $(`<div class="sr-only" role="status" aria-live="polite"></div>`).appendTo(this.$body);
		this.$board.on("click", "[data-action=task]", (event) => this.add_task(this.card_of(event.currentTarget)));
		this.$board.on("click", "[data-action=take]", (event) => this.take(this.card_of(event.currentTarget)));
		this.$board.on("click", ".deals-card", (event) => this.on_click(event));
		this.keys = new crm_marketplace.deals.BoardKeys(this);
		this.forecast = new crm_marketplace.deals.Forecast(this);
		this.page.add_menu_item(__("List"), () => this.open_list("List"));
		this.page.add_menu_item(__("Calendar"), () => this.open_list("Calendar"));
		this.page.add_menu_item(__("Forecast"), () => this.show_view("forecast"));
		this.page.add_menu_item(__("Leaders"), () =>
			frappe.set_route("deal-leaders", this.pipeline ? { pipeline: this.pipeline.name } : {})
		);
		this.page.add_menu_item(__("My Day"), () => frappe.set_route("my-day"));
		this.page.add_menu_item(__("Keys"), () => this.keys.show());
	}

	/** Another person's change, or our own from another window: ask for those deals only. */
	listen() {
		const refresh = frappe.utils.debounce(() => this.refresh_changed(), LIVE_DELAY);
		frappe.realtime.on("list_update", (data) => {
			if (data.doctype !== "Deal" || !this.pipeline) return;
			this.changed.add(data.name);
			if (this.is_visible()) refresh();
		});
	}

	is_visible() {
		return this.page.wrapper.is(":visible");
	}

	/** Called each time the page comes into view; a link may have brought filters. */
	show() {
		frappe.realtime.doctype_subscribe("Deal");
		const given = frappe.route_options || {};
		frappe.route_options = null;
		const { pipeline, sort, view, ...filters } = given;
		if (view) this.view = view === "forecast" ? view : "board";
		if (Object.keys(filters).length) this.filters.values = filters;
		if (sort) this.filters.sort = sort;
		this.filters.show();
		const wanted = pipeline || frappe.get_route()[1] || localStorage.getItem(REMEMBERED);
		return this.load(wanted);
	}

	open_pipeline(name) {
		localStorage.setItem(REMEMBERED, name);
		return this.load(name);
	}

	/** @param {"board"|"forecast"} view of the same deals, with the same filters */
	show_view(view) {
		this.view = view;
		return this.load();
	}

	/** The first page. An answer that comes after a newer question is dropped. */
	async load(pipeline) {
		const question = (this.question = {});
		const view = this.view;
		const told = [...this.changed]; // of what changes from here on the answer may know nothing
		const args = { pipeline: pipeline || (this.pipeline && this.pipeline.name), filters: this.filters.values };
		const answer =
			view === "forecast"
				? await crm_marketplace.deals.call("forecast.forecast_page", { ...args, month: this.forecast.month })
				: await crm_marketplace.deals.call("board.board_page", { ...args, sort: this.filters.sort });
		if (question !== this.question) return;
		for (const name of told) this.changed.delete(name);
		if (!answer.pipeline) return this.show_first_day(answer.may_make);
		Object.assign(this, {
			pipeline: answer.pipeline,
			currency: answer.pipeline.currency,
			closed_days: answer.closed_days,
			most_names: answer.most_names,
			may_write: answer.may_write,
			may_create: answer.may_create,
		});
		this.users = answer.users;
		this.filters.$bar.show();
		this.filters.show_pipelines(answer.pipelines, answer.pipeline.name);
		this.filters.show_views(answer.views);
		this.filters.show_plan(answer.pipeline.name);
		this.filters.show_view(view);
		this.$board.toggle(view === "board");
		this.forecast.$body.toggle(view === "forecast");
		if (view === "forecast") {
			this.forecast.draw(answer);
			this.filters.show_counts(answer.stages);
		} else {
			this.draw(answer.stages, answer.cards);
		}
		this.show_actions(answer.may_make);
	}

	draw(stages, cards) {
		const scrolled = this.$board.scrollLeft();
		this.$board.empty();
		this.columns.clear();
		this.held = false;
		for (const stage of stages) {
			const column = new crm_marketplace.deals.Column(this, stage);
			column.fill(cards.filter((card) => card.stage === stage.name));
			this.columns.set(stage.name, column);
			this.$board.append(column.$column);
			if (this.may_write) this.make_sortable(column);
		}
		this.$board.scrollLeft(scrolled);
		this.$board.find(".deals-card").first().attr("tabindex", 0);
		this.filters.show_counts(stages);
	}

	show_actions(may_make) {
		if (this.may_create) {
			this.page.set_primary_action(__("New Deal"), () => this.quick_add(), "add");
		}
		if (may_make && !this.settings_item) {
			this.settings_item = this.page.add_menu_item(__("Stages and rules of this pipeline"), () =>
				frappe.set_route("Form", "Deal Pipeline", this.pipeline.name)
			);
			this.page.add_menu_item(__("Add a ready pipeline"), () =>
				crm_marketplace.deals.choose_pipeline((name) => this.open_pipeline(name))
			);
		}
	}

	show_first_day(may_make) {
		this.filters.$bar.hide();
		this.forecast.$body.hide();
		this.$board.show();
		this.page.clear_primary_action();
		this.$board.empty();
		this.columns.clear();
		if (!may_make) {
			this.$board.html(crm_marketplace.empty(__("No pipeline is open to you yet. Ask your Deals Manager.")));
			return;
		}
		crm_marketplace.deals.show_ready_pipelines(this.$board, (name) => this.open_pipeline(name));
	}

	async quick_add() {
		if (this.view !== "board") await this.show_view("board");
		const first = [...this.columns.values()].find(
			(column) => column.stage.kind === "Open" && !column.stage.archived
		);
		if (!first) return;
		first.$column.get(0).scrollIntoView({ block: "nearest", inline: "nearest" });
		first.open_quick_add();
	}

	// moving

	make_sortable(column) {
		Sortable.create(column.$cards.get(0), {
			group: "deals",
			sort: false,
			animation: 120,
			delay: 180,
			delayOnTouchOnly: true,
			draggable: ".deals-card",
			filter: "button, .deals-channel",
			preventOnFilter: false,
			ghostClass: "deals-ghost",
			onChoose: () => (this.held = true),
			onUnchoose: () => {
				this.held = false;
				// After onEnd, which says whether the card is on its way.
				setTimeout(() => this.refresh_changed());
			},
			onStart: () => this.$board.addClass("deals-dragging"),
			onEnd: (event) => {
				this.$board.removeClass("deals-dragging");
				const to = $(event.to).closest("[data-stage]").attr("data-stage");
				const card = this.card_of(event.item);
				if (card && to !== card.stage) this.move(card, to);
			},
		});
	}

	/** Move a card to another stage. What the stage asks for is asked; whoever thinks better of it has it back. */
	async move(card, to) {
		const from = card.stage;
		const target = this.columns.get(to);
		let answer = null;
		this.moving.add(card.name);
		try {
			answer = await crm_marketplace.deals.move(card.name, from, to, target.stage.title);
		} finally {
			this.moving.delete(card.name);
			if (!answer) {
				this.put_back(card);
				this.changed.add(card.name);
			}
			this.refresh_changed();
		}
		if (!answer) return;
		this.accept(answer, from);
		this.focus(this.columns.get(to).element_of(card.name));
		this.say(__("{0}: now in {1}", [card.title, target.stage.title]));
		if (target.stage.kind === "Won") frappe.show_alert({ message: __("Won!"), indicator: "green" });
	}

	put_back(card) {
		for (const column of this.columns.values()) column.$cards.find(`[data-name="${CSS.escape(card.name)}"]`).remove();
		const column = this.columns.get(card.stage);
		column.fill(column.cards);
	}

	/** A card as the server knows it now: show it, and count it where it belongs. */
	accept(answer, from = null) {
		const { card } = answer;
		Object.assign(this.users, answer.users);
		if (from && this.columns.has(from)) {
			const old = this.columns.get(from).cards.find((one) => one.name === card.name);
			if (old) this.count(this.columns.get(from), old, -1);
		}
		const home = this.columns.get(card.stage);
		for (const column of this.columns.values()) {
			if (column !== home) column.remove(card.name);
			else column.element_of(card.name).remove();
		}
		if (!home) return;
		const known = home.cards.some((one) => one.name === card.name);
		if (!known) this.count(home, card, 1);
		home.cards = home.cards.filter((one) => one.name !== card.name);
		home.put(card);
	}

	count(column, card, sign) {
		column.stage.deals += sign;
		column.stage.amount += sign * card.base_amount;
		column.stage.weighted += sign * card.weighted_amount;
		column.show_totals();
	}

	/**
	 * Deals somebody changed: put them where they are now, take away those that are not here any more. A card
	 * in the user's hand, or on its way to a stage, is not drawn anew under the hand; it is when it is let go.
	 */
	async refresh_changed() {
		const names = [...this.changed].filter((name) => !this.moving.has(name));
		if (!names.length || !this.pipeline || this.held) return;
		if (this.view === "forecast") return this.load();
		// An import, a stage that was emptied: more than is asked for by name. Not while a card is on its way.
		if (names.length > this.most_names) return this.moving.size ? null : this.load();
		for (const name of names) this.changed.delete(name);
		const question = this.question;
		let answer = null;
		try {
			answer = await crm_marketplace.deals.call("board.changed_cards", {
				pipeline: this.pipeline.name,
				names,
				filters: this.filters.values,
			});
		} finally {
			// What was not told is asked for with the next change.
			if (!answer) for (const name of names) this.changed.add(name);
		}
		if (question !== this.question) return;
		if (this.held || names.some((name) => this.moving.has(name))) {
			for (const name of names) this.changed.add(name);
			return;
		}
		Object.assign(this.users, answer.users);
		const now = new Map(answer.cards.map((card) => [card.name, card]));
		const focused = $(document.activeElement).closest(".deals-card").attr("data-name");
		for (const name of names) {
			const card = now.get(name);
			for (const column of this.columns.values()) {
				if (!card || column.stage.name !== card.stage) column.remove(name);
			}
			if (card && this.columns.has(card.stage)) this.columns.get(card.stage).put(card);
		}
		for (const column of this.columns.values()) {
			Object.assign(column.stage, { deals: 0, amount: 0, weighted: 0 }, answer.totals[column.stage.name]);
			column.show_totals();
		}
		this.filters.show_counts([...this.columns.values()].map((column) => column.stage));
		if (focused) this.focus(this.$board.find(`[data-name="${CSS.escape(focused)}"]`));
	}

	// what the user does

	on_click(event) {
		if ($(event.target).closest("a, button").length) return;
		frappe.set_route("Form", "Deal", this.card_of(event.currentTarget).name);
	}

	choose_stage(card) {
		if (!this.may_write) return;
		const stages = [...this.columns.values()].map((column) => column.stage).filter((stage) => !stage.archived);
		frappe.prompt(
			[
				{
					fieldname: "stage",
					fieldtype: "Select",
					label: __("Stage"),
					reqd: 1,
					default: card.stage,
					options: stages.map((stage) => ({ value: stage.name, label: crm_marketplace.escape(stage.title) })),
				},
			],
			({ stage }) => stage !== card.stage && this.move(card, stage),
			__("Move the deal"),
			__("Move")
		);
	}

	async take(card) {
		this.accept(await crm_marketplace.deals.call("board.take_deal", { deal: card.name }));
	}

	add_task(card) {
		if (!this.may_write) return;
		crm_marketplace.deals.task_dialog("Deal", card.name, () => {
			this.changed.add(card.name);
			this.refresh_changed();
		});
	}

	focus($card) {
		if (!$card.length) return;
		this.$board.find(".deals-card[tabindex=0]").attr("tabindex", -1);
		$card.first().attr("tabindex", 0).trigger("focus");
		$card.get(0).scrollIntoView({ block: "nearest", inline: "nearest" });
	}

	say(text) {
		this.$said.text(text);
	}

	open_list(view) {
		frappe.route_options = { pipeline: this.pipeline && this.pipeline.name };
		frappe.set_route("List", "Deal", view);
	}

	card_of(element) {
		const $card = $(element).closest(".deals-card");
		for (const column of this.columns.values()) {
			const card = column.cards.find((one) => one.name === $card.attr("data-name"));
			if (card) return card;
		}
	}
};
