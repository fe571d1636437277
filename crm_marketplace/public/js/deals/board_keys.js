// The board by keyboard: whatever the mouse does, and where the keys are told.
frappe.provide("crm_marketplace.deals");

crm_marketplace.deals.BoardKeys = class BoardKeys {
	/** @param {DealBoard} board */
	constructor(board) {
		this.board = board;
		board.$board.on("keydown", ".deals-card", (event) => this.on_key(event));
		board.page.wrapper.on("keydown", (event) => this.on_page_key(event));
	}

	on_page_key(event) {
		if ($(event.target).is("input, textarea, select, [contenteditable=true]") || event.ctrlKey || event.metaKey) return;
		if (event.key === "/") {
			event.preventDefault();
			this.board.filters.$search.trigger("focus");
		} else if (event.code === "KeyN" && !event.altKey && this.board.may_create) {
			event.preventDefault();
			this.board.quick_add();
		}
	}

	on_key(event) {
		if (event.target !== event.currentTarget) return;
		const card = this.board.card_of(event.currentTarget);
		const moving = event.ctrlKey || event.metaKey || event.shiftKey;
		const action = {
			ArrowDown: () => this.step(event.currentTarget, 1),
			ArrowUp: () => this.step(event.currentTarget, -1),
			ArrowLeft: () => (moving ? this.move_by(card, -1) : this.cross(card, -1)),
			ArrowRight: () => (moving ? this.move_by(card, 1) : this.cross(card, 1)),
			Enter: () => frappe.set_route("Form", "Deal", card.name),
			// By the place on the keyboard, so that letters work in a Russian layout too.
			KeyM: () => this.board.choose_stage(card),
			KeyT: () => this.board.add_task(card),
		}[event.code.startsWith("Key") ? event.code : event.key];
		if (!action) return;
		event.preventDefault();
		event.stopPropagation();
		action();
	}

	step(element, by) {
		const $next = by > 0 ? $(element).next(".deals-card") : $(element).prev(".deals-card");
		if ($next.length) this.board.focus($next);
	}

	/** To the neighbouring column that has cards, at about the same height. */
	cross(card, by) {
		const order = [...this.board.columns.values()];
		const height = this.board.columns.get(card.stage).cards.findIndex((one) => one.name === card.name);
		let index = order.findIndex((column) => column.stage.name === card.stage) + by;
		while (order[index] && !order[index].cards.length) index += by;
		if (!order[index]) return;
		const $cards = order[index].$cards.children(".deals-card");
		this.board.focus($cards.eq(Math.min(height, $cards.length - 1)));
	}

	move_by(card, by) {
		const order = [...this.board.columns.keys()];
		const to = order[order.indexOf(card.stage) + by];
		if (to && this.board.may_write) this.board.move(card, to);
	}

	show() {
		const keys = [
			["↑ ↓ ← →", __("go to another card")],
			["Enter", __("open the deal")],
			["Shift ←, Shift →", __("move the deal to the next stage")],
			["M", __("move the deal to any stage")],
			["T", __("add a task")],
			["N", __("new deal")],
			["/", __("search")],
		];
		frappe.msgprint({
			title: __("Keys"),
			message: keys.map(([key, meaning]) => `<p><kbd>${key}</kbd> ${meaning}</p>`).join(""),
		});
	}
};
