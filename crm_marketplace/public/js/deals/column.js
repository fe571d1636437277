// One stage on the board: its head with totals, its cards, more of them as one scrolls.
frappe.provide("crm_marketplace.deals");

crm_marketplace.deals.Column = class Column {
	/**
	 * @param {DealBoard} board
	 * @param {object} stage as the server gives it: name, title, kind, color, deals, amount, weighted …
	 */
	constructor(board, stage) {
		this.board = board;
		this.stage = stage;
		this.cards = [];
		this.make();
	}

	make() {
		const { stage, board } = this;
		const escape = crm_marketplace.escape;
		this.$column = $(`
			<section class="deals-column" data-stage="${escape(stage.name)}" data-kind="${escape(stage.kind)}"
				aria-label="${escape(stage.title)}">
				<header class="deals-head">
					<div class="deals-head-line">
						<h3 class="ellipsis" title="${escape(stage.title)}">${escape(stage.title)}</h3>
						<span class="deals-count"></span>
						${board.may_create && stage.kind === "Open" && !stage.archived ? add_button() : ""}
					</div>
					<div class="deals-totals"></div>
				</header>
				<div class="deals-cards"></div>
			</section>`);
		this.$column.find(".deals-head").css("--deals-color", /^#[0-9a-f]{3,8}$/i.test(stage.color) ? stage.color : "");
		this.$cards = this.$column.find(".deals-cards");
		this.$cards.on("scroll", () => this.on_scroll());
		this.$column.find("[data-action=add]").on("click", () => this.open_quick_add());
		this.show_totals();
	}

	show_totals() {
		const { stage } = this;
		const currency = this.board.currency;
		this.$column.find(".deals-count").text(format_number(stage.deals, null, 0));
		const weighted =
			stage.kind === "Open" && stage.amount
				? `<span class="text-muted" title="${__("Weighted by probability {0} %", [stage.probability])}">
					≈ ${crm_marketplace.deals.money(stage.weighted, currency)}</span>`
				: "";
		const recent =
			stage.kind === "Won" || stage.kind === "Lost"
				? `<span class="text-muted">${__("in {0} days", [this.board.closed_days])}</span>`
				: "";
		this.$column
			.find(".deals-totals")
			.html(`<span>${crm_marketplace.deals.money(stage.amount, currency)}</span>${weighted}${recent}`);
	}

	/** Show these cards and no others. */
	fill(cards) {
		this.cards = cards;
		this.$cards.empty();
		for (const card of cards) this.$cards.append(this.element(card));
		this.show_empty();
	}

	element(card) {
		return $(crm_marketplace.deals.card_html(card, this.board.users, this.board.may_write));
	}

	/** Put a card where its old place was, or on top. */
	put(card) {
		const index = this.cards.findIndex((one) => one.name === card.name);
		const $element = this.element(card);
		if (index >= 0) {
			this.cards[index] = card;
			this.element_of(card.name).replaceWith($element);
		} else {
			this.cards.unshift(card);
			this.$cards.prepend($element);
		}
		this.show_empty();
	}

	remove(name) {
		this.cards = this.cards.filter((card) => card.name !== name);
		this.element_of(name).remove();
		this.show_empty();
	}

	element_of(name) {
		return this.$cards.find(`[data-name="${CSS.escape(name)}"]`);
	}

	show_empty() {
		this.$column.toggleClass("deals-empty", !this.cards.length);
	}

	// more cards

	on_scroll() {
		const box = this.$cards.get(0);
		if (box.scrollTop + box.clientHeight > box.scrollHeight - 400) this.load_more();
	}

	async load_more() {
		if (this.loading || this.cards.length >= this.stage.deals) return;
		this.loading = true;
		const question = this.board.question;
		try {
			const answer = await crm_marketplace.deals.call("board.column_page", {
				stage: this.stage.name,
				start: this.cards.length,
				filters: this.board.filters.values,
				sort: this.board.filters.sort,
			});
			if (question !== this.board.question) return;
			Object.assign(this.board.users, answer.users);
			const known = new Set(this.cards.map((card) => card.name));
			const fresh = answer.cards.filter((card) => !known.has(card.name));
			// Deals that moved meanwhile may shift the pages; nothing new means there is nothing more to load.
			if (!fresh.length) this.stage.deals = this.cards.length;
			for (const card of fresh) {
				this.cards.push(card);
				this.$cards.append(this.element(card));
			}
		} finally {
			this.loading = false;
		}
	}

	// a new deal

	open_quick_add() {
		if (this.$form) {
			this.$form.find("input").first().trigger("focus");
			return;
		}
		this.$form = $(`
			<form class="deals-quick-add">
				<input class="form-control input-sm" name="title" maxlength="140" autocomplete="off"
					placeholder="${__("What is the deal about?")}" aria-label="${__("Title")}">
				<input class="form-control input-sm" name="amount" inputmode="decimal" autocomplete="off"
					placeholder="${__("Amount")}, ${crm_marketplace.escape(this.board.currency)}" aria-label="${__("Amount")}">
				<input class="form-control input-sm" name="task" maxlength="500" autocomplete="off"
					placeholder="${__("Next step: call tomorrow 15:00")}" aria-label="${__("Next step")}">
				<div>
					<button type="submit" class="btn btn-primary btn-xs">${__("Add")}</button>
					<button type="button" class="btn btn-default btn-xs" data-action="more">${__("All fields")}</button>
					<button type="button" class="btn btn-xs" data-action="cancel">${__("Cancel")}</button>
				</div>
			</form>`);
		this.$form.on("submit", (event) => {
			event.preventDefault();
			this.quick_add();
		});
		this.$form.on("keydown", (event) => {
			event.stopPropagation();
			if (event.key === "Escape") this.close_quick_add();
		});
		this.$form.find("[data-action=cancel]").on("click", () => this.close_quick_add());
		this.$form.find("[data-action=more]").on("click", () => this.all_fields());
		this.$cards.before(this.$form);
		this.$form.find("input").first().trigger("focus");
	}

	close_quick_add() {
		if (this.$form) this.$form.remove();
		this.$form = null;
	}

	form_values() {
		const values = Object.fromEntries(new FormData(this.$form.get(0)).entries());
		return { title: values.title.trim(), amount: typed_amount(values.amount), task: values.task };
	}

	async quick_add() {
		const values = this.form_values();
		if (!values.title || this.adding) return;
		this.adding = true;
		try {
			const args = { pipeline: this.board.pipeline.name, stage: this.stage.name, ...values };
			let answer = await crm_marketplace.deals.call("board.quick_add", args);
			if (answer.missing) {
				const more = await crm_marketplace.deals.ask(this.stage.title, answer.missing);
				if (!more) return;
				answer = await crm_marketplace.deals.call("board.quick_add", { ...args, values: more });
			}
			this.close_quick_add();
			this.board.accept(answer);
			this.open_quick_add();
		} finally {
			this.adding = false;
		}
	}

	all_fields() {
		const values = this.form_values();
		frappe.new_doc("Deal", {
			title: values.title,
			amount: values.amount,
			pipeline: this.board.pipeline.name,
			stage: this.stage.name,
		});
	}
};

/**
 * An amount as people write it: "1 000,50", "1.000,50", "1,000.50", "1000". The last sign stands before the
 * kopecks, unless three digits follow it and the site writes thousands so.
 */
function typed_amount(text) {
	const plain = text.replace(/[^\d.,-]/g, "");
	const sign = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
	const whole = sign < 0 ? plain : plain.slice(0, sign);
	const rest = sign < 0 ? "" : plain.slice(sign + 1);
	const between_thousands = get_number_format_info(get_number_format()).group_sep;
	const digits = (part) => part.replace(/[.,]/g, "");
	const repeated = plain.split(plain[sign]).length > 2;
	if (repeated || (rest.length === 3 && plain[sign] === between_thousands)) return Number(digits(plain)) || 0;
	return Number(`${digits(whole)}.${rest}`) || 0;
}

function add_button() {
	return `<button type="button" class="btn btn-xs deals-add" data-action="add"
		title="${__("New deal")}" aria-label="${__("New deal")}">${frappe.utils.icon("add", "sm")}</button>`;
}
