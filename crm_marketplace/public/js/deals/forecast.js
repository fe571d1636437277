// The forecast on the board's page: a column per month of expected close, with what was won and what is planned.
frappe.provide("crm_marketplace.deals");

const AROUND = {
	earlier: () => __("Earlier"),
	later: () => __("Later"),
	no_date: () => __("No date"),
};

crm_marketplace.deals.Forecast = class Forecast {
	/** @param {DealBoard} board whose filters, pipeline and rights it shares */
	constructor(board) {
		this.board = board;
		this.month = null;
		this.cards = new Map();
		this.$body = $(`
			<div class="deals-forecast">
				<div class="deals-forecast-head">
					<div class="btn-group" role="group" aria-label="${__("Months")}">
						${nav_button("previous", "left", __("Earlier months"))}
						<button type="button" class="btn btn-default btn-xs" data-go="now">${__("This month")}</button>
						${nav_button("next", "right", __("Later months"))}
					</div>
					<span class="deals-forecast-total"></span>
					<a class="small" data-action="report">${__("Report")}</a>
				</div>
				<div class="deals-months"></div>
			</div>`)
			.appendTo(board.$body)
			.hide();
		this.$months = this.$body.find(".deals-months");
		this.$body.on("click", "[data-go]", (event) => this.go(event.currentTarget.dataset.go));
		this.$body.on("click", "[data-action=task]", (event) => board.add_task(this.card_of(event.currentTarget)));
		this.$body.on("click", "[data-action=take]", (event) => this.take(this.card_of(event.currentTarget)));
		this.$body.on("click", "[data-action=won]", (event) => this.open_won(event.currentTarget.dataset.month));
		this.$body.on("click", "[data-action=report]", () =>
			frappe.set_route("query-report", "Deal Forecast", { pipeline: board.pipeline.name })
		);
		this.$body.on("click", ".deals-card", (event) => {
			if (!$(event.target).closest("a, button").length) this.open(event.currentTarget);
		});
		this.$body.on("keydown", ".deals-card", (event) => {
			if (event.key === "Enter" && event.target === event.currentTarget) this.open(event.currentTarget);
		});
	}

	/** @param {object} page as the server gives it: columns, cards, first, previous, next */
	draw(page) {
		this.page = page;
		this.cards.clear();
		this.$months.empty();
		this.$body.find("[data-go=now]").prop("disabled", page.begins_now);
		for (const column of page.columns) this.draw_column(column);
		for (const card of page.cards) this.put(card);
		for (const column of page.columns) this.show_more(column);
		const sum = (key) => page.columns.reduce((total, column) => total + column[key], 0);
		const money = (value) => crm_marketplace.deals.money(value, this.board.currency);
		this.$body
			.find(".deals-forecast-total")
			.html(`<b>${money(sum("amount"))}</b> <span class="text-muted">≈ ${money(sum("weighted"))}</span>`);
	}

	draw_column(column) {
		const title = column.month ? month_title(column.month) : AROUND[column.key]();
		const $column = $(`
			<section class="deals-column deals-month">
				<header class="deals-head">
					<div class="deals-head-line">
						<h3 class="ellipsis"></h3>
						<span class="deals-count">${format_number(column.deals, null, 0)}</span>
					</div>
					<dl class="deals-month-sums">${this.sums_html(column)}</dl>
				</header>
				<div class="deals-cards"></div>
			</section>`);
		$column.attr({ "data-column": column.key, "aria-label": title }).toggleClass("deals-month-now", column.current);
		$column.find("h3").text(title).attr("title", title);
		$column.find(".deals-cards").on("scroll", (event) => this.on_scroll(event.currentTarget, column));
		this.$months.append($column);
	}

	/** Amount, weighted amount, won so far and the plan; a bar of won and weighted against the plan. */
	sums_html(column) {
		const money = (value) => crm_marketplace.deals.money(value, this.board.currency);
		const row = (key, label, value) => `<div data-sum="${key}"><dt>${label}</dt><dd>${value}</dd></div>`;
		const rows = [
			row("amount", __("Amount"), money(column.amount)),
			row("weighted", __("Weighted"), money(column.weighted)),
		];
		if (column.month) {
			const won = column.won_deals
				? `<button type="button" class="btn-link" data-action="won" data-month="${column.month}"
					title="${__("Show the deals won in this month")}">${money(column.won)}</button>`
				: money(0);
			rows.push(row("won", __("Won"), won));
		}
		if (column.plan) rows.push(row("plan", __("Plan"), money(column.plan)), plan_bar(column));
		return rows.join("");
	}

	put(card) {
		this.cards.set(card.name, card);
		const $card = $(crm_marketplace.deals.card_html(card, this.board.users, this.board.may_write));
		$card.attr("tabindex", 0);
		const day = card.expected_close ? frappe.datetime.str_to_user(card.expected_close) : "";
		$card.find(".deals-days").text(day).attr("title", day ? __("Expected Close") : "");
		this.cards_of(card.column).append($card);
	}

	cards_of(key) {
		return this.$months.find(`[data-column="${CSS.escape(key)}"] .deals-cards`);
	}

	shown(key) {
		return [...this.cards.values()].filter((card) => card.column === key).length;
	}

	on_scroll(box, column) {
		if (box.scrollTop + box.clientHeight > box.scrollHeight - 400) this.load_more(column);
	}

	/** A column that is not full has nothing to scroll: its further cards come by a button. */
	show_more(column) {
		const $cards = this.cards_of(column.key);
		$cards.children("[data-action=more]").remove();
		if (this.shown(column.key) >= column.deals) return;
		$(`<button type="button" class="btn btn-default btn-xs btn-block" data-action="more"></button>`)
			.text(__("Load More"))
			.on("click", () => this.load_more(column))
			.appendTo($cards);
	}

	async load_more(column) {
		if (column.loading || this.shown(column.key) >= column.deals) return;
		column.loading = true;
		const question = this.board.question;
		try {
			const answer = await crm_marketplace.deals.call("forecast.forecast_column", {
				pipeline: this.board.pipeline.name,
				column: column.key,
				start: this.shown(column.key),
				month: this.page.first,
				filters: this.board.filters.values,
			});
			if (question !== this.board.question) return;
			Object.assign(this.board.users, answer.users);
			const fresh = answer.cards.filter((card) => !this.cards.has(card.name));
			// Deals that changed meanwhile may shift the pages; nothing new means there is nothing more to load.
			if (!fresh.length) column.deals = this.shown(column.key);
			for (const card of fresh) this.put(card);
			this.show_more(column);
		} finally {
			column.loading = false;
		}
	}

	go(where) {
		this.month = where === "now" ? null : this.page[where];
		this.board.load();
	}

	async take(card) {
		await crm_marketplace.deals.call("board.take_deal", { deal: card.name });
		this.board.load();
	}

	open(element) {
		frappe.set_route("Form", "Deal", this.card_of(element).name);
	}

	/** The deals behind the sum, by the filters a list of deals knows, too. */
	open_won(month) {
		const { responsible, team, source } = this.board.filters.values;
		const last = moment(month).endOf("month").format("YYYY-MM-DD");
		const filters = { pipeline: this.board.pipeline.name, stage_kind: "Won", closed_at: ["between", [month, last]] };
		if (responsible === "__nobody") filters.responsible = ["is", "not set"];
		else if (responsible) filters.responsible = responsible === "__me" ? frappe.session.user : responsible;
		if (team) filters.team = team;
		if (source) filters.source = source;
		frappe.route_options = filters;
		frappe.set_route("List", "Deal", "List");
	}

	card_of(element) {
		return this.cards.get($(element).closest(".deals-card").attr("data-name"));
	}
};

function nav_button(where, icon, label) {
	return `<button type="button" class="btn btn-default btn-xs" data-go="${where}" title="${label}"
		aria-label="${label}">${frappe.utils.icon(icon, "xs")}</button>`;
}

/** "November 2026" in the user's language: the desk's moment knows English only. */
function month_title(month) {
	const [year, number] = month.split("-").map(Number);
	const language = (frappe.boot.lang || "en").replace("_", "-");
	const title = new Intl.DateTimeFormat(language, { month: "long" }).format(new Date(year, number - 1, 1));
	return `${title.charAt(0).toUpperCase()}${title.slice(1)} ${year}`;
}

function plan_bar(column) {
	const share = (value) => Math.max(0, Math.min(100, (100 * value) / column.plan));
	const won = share(column.won);
	const hoped = Math.min(100 - won, share(column.weighted));
	const label = __("Won and weighted: {0} % of the plan", [Math.round((100 * (column.won + column.weighted)) / column.plan)]);
	return `<div class="deals-month-bar" role="img" title="${label}" aria-label="${label}">
		<span class="deals-plan-done" style="width: ${won}%"></span><span class="deals-plan-fine" style="width: ${hoped}%"></span>
	</div>`;
}
