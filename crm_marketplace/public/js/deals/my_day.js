// A person's day: what is overdue, what is today, what comes, and the deals nobody will come back to.
frappe.provide("crm_marketplace");

crm_marketplace.MyDay = class MyDay {
	constructor(page) {
		this.page = page;
		this.$body = $(`<div class="deals-day"></div>`).appendTo(page.main);
		this.$line = crm_marketplace.deals
			.task_line(async (line) => {
				await crm_marketplace.deals.call("tasks.add_own_task", { line });
				await this.load();
			})
			.appendTo(this.$body);
		this.$parts = $(`<div></div>`).appendTo(this.$body);
		page.add_menu_item(__("Board"), () => frappe.set_route("deals"));
		page.add_menu_item(__("All tasks"), () => frappe.set_route("List", "ToDo"));
	}

	async load() {
		const question = (this.question = {});
		const day = await crm_marketplace.deals.call("tasks.my_day");
		if (question === this.question) this.draw(day);
	}

	draw(day) {
		const parts = [
			["overdue", __("Overdue"), "red"],
			["today", __("Today"), "green"],
			["later", __("Next {0} days", [day.days_ahead]), "blue"],
			["none", __("Without a day"), "gray"],
		];
		this.$parts.empty();
		this.$parts.append(this.summary(day));
		for (const [key, title, color] of parts) {
			if (!day[key].length && key !== "today") continue;
			this.$parts.append(heading(title, day[key].length, color, key));
			if (day[key].length) this.$parts.append(crm_marketplace.deals.task_rows(day[key], () => this.load()));
			else this.$parts.append(crm_marketplace.empty(__("Nothing more today.")));
		}
		if (day.deals.length) this.draw_deals(day.deals);
	}

	summary(day) {
		const facts = [
			__("Overdue: {0}", [day.overdue.length]),
			__("Today: {0}", [day.today.length]),
			__("Calls: {0}", [day.calls]),
			__("Deals without a next step: {0}", [day.deals.length]),
		];
		return $(`<p class="text-muted deals-day-summary"></p>`).text(facts.join(" · "));
	}

	draw_deals(deals) {
		this.$parts.append(heading(__("Deals without a next step"), deals.length, "orange", "deals"));
		const $list = $(`<div class="deals-tasks" role="list"></div>`).appendTo(this.$parts);
		for (const deal of deals) {
			const $row = $(`
				<div class="deals-task deals-none" role="listitem">
					<span class="deals-dot" aria-hidden="true"></span>
					<span class="deals-task-text">
						${crm_marketplace.link("Deal", deal.name, deal.title)}
						<span class="text-muted">${crm_marketplace.escape(deal.party_name || "")}</span>
					</span>
					<span class="deals-when">${deal.amount ? crm_marketplace.deals.money(deal.amount, deal.currency) : ""}</span>
					<span class="marketplace-buttons">
						<button type="button" class="btn btn-xs btn-default">${__("Add a task")}</button>
					</span>
				</div>`);
			$row.find("button").on("click", () =>
				crm_marketplace.deals.task_dialog("Deal", deal.name, () => this.load())
			);
			$list.append($row);
		}
	}
};

function heading(title, count, color, key) {
	return $(`<h4 class="deals-day-head" data-part="${key}"><span class="indicator ${color}"></span> <span></span> <small class="text-muted">${count}</small></h4>`)
		.find("span:last")
		.text(title)
		.end();
}
