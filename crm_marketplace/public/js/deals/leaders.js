// The leader board: people in the order of what they sold in a month, a quarter or a year.
frappe.provide("crm_marketplace");

const PERIODS = {
	month: () => __("Month"),
	quarter: () => __("Quarter"),
	year: () => __("Year"),
};

crm_marketplace.DealLeaders = class DealLeaders {
	constructor(page) {
		this.page = page;
		this.period = "month";
		this.day = null;
		this.$body = $(`
			<div class="deals-leaders">
				<div class="deals-bar" role="toolbar" aria-label="${__("Filters")}">
					<select class="form-control input-sm deals-pipeline" aria-label="${__("Pipeline")}"></select>
					<div class="btn-group" role="group" aria-label="${__("Period")}">${Object.entries(PERIODS)
						.map(
							([key, label]) =>
								`<button type="button" class="btn btn-default btn-xs" data-period="${key}">${label()}</button>`
						)
						.join("")}</div>
					<div class="btn-group" role="group" aria-label="${__("Other periods")}">
						${step_button("previous", "left", __("Earlier"))}
						${step_button("next", "right", __("Later"))}
					</div>
					<b class="deals-leaders-days"></b>
				</div>
				<div class="deals-leaders-list"></div>
			</div>`).appendTo(page.main);
		this.$list = this.$body.find(".deals-leaders-list");
		this.$body.find(".deals-pipeline").on("change", (event) => this.load({ pipeline: event.target.value }));
		this.$body.on("click", "[data-period]", (event) => this.load({ period: event.currentTarget.dataset.period }));
		this.$body.on("click", "[data-step]", (event) => this.load({ day: this.answer[event.currentTarget.dataset.step] }));
		this.$body.on("click", "[data-action=won]", (event) => this.open_won(event.currentTarget.dataset.user));
		page.add_menu_item(__("Board"), () => frappe.set_route("deals"));
		page.add_menu_item(__("Plan and fact"), () =>
			frappe.set_route("query-report", "Deals Plan and Fact", this.pipeline ? { pipeline: this.pipeline } : {})
		);
	}

	/** Called each time the page comes into view; the board gives its pipeline. */
	show() {
		const { pipeline, period } = frappe.route_options || {};
		frappe.route_options = null;
		return this.load({
			...(pipeline ? { pipeline } : {}),
			...(period in PERIODS ? { period } : {}),
		});
	}

	/** An answer that comes after a newer question is dropped. */
	async load(changed) {
		Object.assign(this, changed);
		const question = (this.question = {});
		const answer = await crm_marketplace.deals.call("plans.leaders", {
			pipeline: this.pipeline,
			period: this.period,
			day: this.day,
		});
		if (question === this.question) this.draw(answer);
	}

	draw(answer) {
		this.answer = answer;
		this.$body.find(".deals-bar").toggle(Boolean(answer.pipeline));
		if (!answer.pipeline) {
			this.$list.html(crm_marketplace.empty(__("No pipeline is open to you yet. Ask your Deals Manager.")));
			return;
		}
		this.pipeline = answer.pipeline.name;
		const $select = this.$body.find(".deals-pipeline").empty();
		for (const row of answer.pipelines) $select.append($("<option>").val(row.name).text(row.pipeline_name));
		$select.val(this.pipeline);
		for (const button of this.$body.find("[data-period]")) {
			const pressed = button.dataset.period === this.period;
			$(button).attr("aria-pressed", String(pressed)).toggleClass("active", pressed);
		}
		const day = (value) => frappe.datetime.str_to_user(value);
		this.$body.find(".deals-leaders-days").text(`${day(answer.first)} – ${day(answer.last)}`);
		if (!answer.rows.length) {
			this.$list.html(crm_marketplace.empty(__("Nobody has sold, called or met anybody in these days yet.")));
			return;
		}
		this.$list.html(`
			<table class="table deals-leaders-table">
				<thead><tr>
					<th scope="col">${__("Place")}</th>
					<th scope="col">${__("Person")}</th>
					<th scope="col" class="text-right">${__("Won amount")}</th>
					<th scope="col" class="text-right">${__("Won")}</th>
					<th scope="col" class="text-right">${__("Calls")}</th>
					<th scope="col" class="text-right">${__("Meetings")}</th>
					<th scope="col">${__("Plan, %")}</th>
				</tr></thead>
				<tbody>${answer.rows.map((row) => this.row_html(row)).join("")}</tbody>
			</table>`);
	}

	row_html(row) {
		const escape = crm_marketplace.escape;
		const users = { [row.user]: { name: row.name, image: row.image } };
		const cell = (label, value) => `<td class="text-right" data-label="${label}">${value}</td>`;
		const won = row.won
			? `<button type="button" class="btn-link" data-action="won" data-user="${escape(row.user)}"
				title="${__("Show the deals")}">${crm_marketplace.number(row.won)}</button>`
			: "0";
		return `
			<tr class="${row.own ? "deals-leader-own" : ""}" data-user="${escape(row.user)}">
				<td class="deals-leader-place" data-place="${row.place}">${row.place}</td>
				<td class="deals-leader-name">${crm_marketplace.deals.avatar(row.user, users)}
					<span>${escape(row.name)}</span></td>
				${cell(__("Won amount"), `<b>${crm_marketplace.deals.money(row.amount, this.answer.pipeline.currency)}</b>`)}
				${cell(__("Won"), won)}
				${cell(__("Calls"), crm_marketplace.number(row.calls))}
				${cell(__("Meetings"), crm_marketplace.number(row.meetings))}
				<td class="deals-leader-plan" data-label="${__("Plan, %")}">${plan_html(row)}</td>
			</tr>`;
	}

	/** The deals behind a number. */
	open_won(user) {
		frappe.route_options = {
			pipeline: this.pipeline,
			stage_kind: "Won",
			responsible: user,
			closed_at: ["between", [this.answer.first, this.answer.last]],
		};
		frappe.set_route("List", "Deal", "List");
	}
};

function step_button(step, icon, label) {
	return `<button type="button" class="btn btn-default btn-xs" data-step="${step}" title="${label}"
		aria-label="${label}">${frappe.utils.icon(icon, "xs")}</button>`;
}

function plan_html(row) {
	if (row.percent === null) return `<span class="text-muted">${__("No plan")}</span>`;
	const state = row.percent >= 100 ? "done" : "fine";
	return `<span class="deals-plan-track" role="progressbar" aria-valuemin="0" aria-valuemax="100"
			aria-valuenow="${row.percent}" aria-label="${__("Plan")}">
			<span class="deals-plan-${state}" style="width: ${Math.min(100, row.percent)}%"></span>
		</span> ${crm_marketplace.number(row.percent)}`;
}
