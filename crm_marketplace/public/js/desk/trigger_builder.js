// The trigger builder: when → if → then on one page, the sentence above, test and log beside it.
frappe.provide("crm_marketplace");

const FRESH = {
	title: "",
	enabled: 0,
	event: "",
	document_type: "",
	duration: 0,
	conditions: {},
	actions: [],
	frequency: "Every Time",
	pause_after: 5,
};

crm_marketplace.TriggerBuilder = class TriggerBuilder {
	constructor(page) {
		this.page = page;
		this.field_lists = {};
		this.$body = $(`<div class="trigger-builder"></div>`).appendTo(page.main);
		this.home = new crm_marketplace.TriggerHome({ page, $parent: $("<div></div>").appendTo(this.$body) });
		this.$editor = $("<div></div>").appendTo(this.$body).hide();
		this.describe = frappe.utils.debounce(() => this.ask_sentence(), 350);
	}

	/** Called each time the page comes into view: with a trigger's name, "new", or nothing. */
	async show() {
		const name = frappe.get_route()[1];
		this.catalogue = this.catalogue || (await crm_marketplace.trigger_call("catalogue"));
		if (!name) return this.show_home();
		this.home.hide();
		this.$editor.show();
		const values =
			name === "new" ? { ...FRESH, ...(frappe.route_options || {}) } : await crm_marketplace.trigger_call("trigger", { name });
		frappe.route_options = null;
		return this.edit(values);
	}

	show_home() {
		this.$editor.hide();
		this.page.clear_actions();
		this.page.clear_indicator();
		return this.home.show(this.catalogue);
	}

	fields(doctype) {
		this.field_lists[doctype] =
			this.field_lists[doctype] ||
			crm_marketplace.trigger_call("fields", { doctype }).catch((error) => {
				delete this.field_lists[doctype];
				throw error;
			});
		return this.field_lists[doctype];
	}

	async edit(values) {
		this.values = values;
		this.may_write = this.catalogue.may_write;
		this.page.set_title(values.title || __("New trigger"));
		this.draw_frame();
		const fields = (doctype) => this.fields(doctype);
		const changed = () => this.on_change();
		this.event = new crm_marketplace.TriggerEvent({
			$parent: this.$part("when"),
			events: this.catalogue.events,
			documents: this.catalogue.documents,
			fields,
			changed,
			redraw: (new_document) => this.after_event(new_document),
			known: () => this.conditions.known(),
		});
		this.conditions = new crm_marketplace.TriggerConditions({ $parent: this.$part("if"), fields, changed });
		this.actions = new crm_marketplace.TriggerActions({
			$parent: this.$part("then"),
			catalogue: this.catalogue.actions,
			fields,
			changed,
			known: () => this.conditions.known(),
		});
		this.draw_limits();
		await this.event.show(this.values);
		await this.show_rest();
		this.show_sentence(values.sentence);
		// Those who may not see firings (they name who was written to) get none, and no place for them.
		this.$part("log").closest("section").toggle(values.firings !== null);
		this.show_log(values.firings || []);
		if (!values.sentence) this.describe();
		this.mark(false);
		// What it would do is seen at once, without asking.
		if (values.name && this.may_write) this.test.try_document();
	}

	$part(name) {
		return this.$editor.find(`[data-part=${name}]`);
	}

	draw_frame() {
		const card = (part, title, hint) => `
			<section class="trigger-card"><h4>${title}</h4>${hint ? `<p class="text-muted small">${hint}</p>` : ""}
			<div data-part="${part}"></div></section>`;
		this.$editor.html(`
			<div class="trigger-top">
				<input type="text" class="form-control trigger-title" aria-label="${__("Title", null, "Trigger")}" placeholder="${__(
			"What shall it be called?"
		)}">
				<div class="trigger-switch" data-part="switch"></div>
			</div>
			<div data-part="paused"></div>
			<div class="trigger-sentence" data-part="sentence" aria-live="polite"></div>
			<div class="trigger-columns">
				<div class="trigger-main">
					${card("when", __("When", null, "Trigger"))}
					${card("if", __("If", null, "Trigger"), __("Only when these conditions hold. Leave it empty for always."))}
					${card("then", __("Then", null, "Trigger"), __("What is to be done, in this order."))}
					<details class="trigger-card"><summary>${__("How often, and when not")}</summary>
					<div data-part="limits"></div></details>
				</div>
				<div class="trigger-side">
					${card("test", __("Test", null, "Trigger"), __("Nothing is sent and nothing is changed."))}
					${card("log", __("What it did"))}
				</div>
			</div>`);
		this.$editor
			.find(".trigger-title")
			.val(this.values.title)
			.on("input", (event) => {
				this.values.title = event.target.value;
				this.on_change();
			});
		this.draw_switch();
		this.$part("test").closest("section").toggle(Boolean(this.may_write));
		this.test = new crm_marketplace.TriggerTest({
			$parent: this.$part("test"),
			values: () => this.get_values(),
		});
		this.page.clear_actions();
		if (this.may_write) this.page.set_primary_action(__("Save"), () => this.save());
		this.page.set_secondary_action(__("All Triggers"), () => frappe.set_route("trigger-builder"));
		this.page.clear_menu();
		if (this.values.name) this.add_menu();
	}

	add_menu() {
		this.page.add_menu_item(__("Log of Firings"), () =>
			frappe.set_route("List", "Trigger Log", { trigger_name: this.values.name })
		);
		this.page.add_menu_item(__("Earlier Versions"), () => frappe.set_route("Form", "Trigger", this.values.name));
		this.page.add_menu_item(__("Export"), () => this.home.export_triggers([this.values.name]));
		if (!this.may_write) return;
		this.page.add_menu_item(__("Duplicate"), () => {
			const { name, sentence, firings, ...rest } = this.get_values();
			frappe.route_options = { ...rest, enabled: 0, title: __("Copy of {0}", [rest.title]) };
			frappe.set_route("trigger-builder", "new");
		});
		if (this.values.actions.some((row) => row.action_type === "Send Webhook")) {
			this.page.add_menu_item(__("Signing Secret"), () => this.show_secret());
		}
		this.page.add_menu_item(__("Delete"), () =>
			frappe.confirm(__("Delete this trigger and its log?"), () =>
				crm_marketplace
					.trigger_call("remove", { name: this.values.name }, __("Deleting…"))
					.then(() => frappe.set_route("trigger-builder"))
			)
		);
	}

	draw_switch() {
		const on = cint(this.values.enabled);
		const $switch = this.$part("switch").empty();
		$switch.append(crm_marketplace.pill(on ? __("On") : __("Off"), on ? "green" : "gray"));
		if (this.may_write) {
			$(`<button type="button" class="btn btn-sm"></button>`)
				.addClass(on ? "btn-default" : "btn-primary")
				.text(on ? __("Switch off") : __("Switch on"))
				.on("click", () => this.save({ enabled: on ? 0 : 1 }))
				.appendTo($switch);
		}
		const $paused = this.$part("paused").empty();
		if (this.values.paused_reason) {
			$(`<div class="marketplace-banner marketplace-banner-red" role="alert"><div></div></div>`)
				.find("div")
				.text(__("Paused because it failed too often: {0}", [this.values.paused_reason]))
				.end()
				.appendTo($paused);
		}
	}

	draw_limits() {
		const $limits = this.$part("limits");
		const line = (label) =>
			$(`<div class="trigger-line"><span></span></div>`).find("span").text(label).end().appendTo($limits);
		const set = (name, value) => {
			this.values[name] = value;
			this.on_change();
		};
		crm_marketplace
			.select_element(
				this.catalogue.frequencies.map((one) => [one.value, one.label]),
				this.values.frequency || "Every Time",
				__("How often")
			)
			.on("change", (event) => set("frequency", event.target.value))
			.appendTo(line(__("How often")));
		const number = ($line, name, label) =>
			$(`<input type="number" min="0" class="form-control input-sm trigger-number">`)
				.attr("aria-label", label)
				.val(this.values[name] || "")
				.on("input", (event) => set(name, cint(event.target.value)))
				.appendTo($line);
		number(line(__("At most per hour")), "max_per_hour", __("At most per hour"));
		const $quiet = line(__("Not from"));
		["quiet_from", "quiet_to"].forEach((name, index) => {
			if (index) $quiet.append(`<span class="trigger-and">${__("to", null, "time")}</span>`);
			$(`<input type="time" class="form-control input-sm">`)
				.attr("aria-label", index ? __("Quiet until") : __("Quiet from"))
				.val(this.values[name] || "")
				.on("input", (event) => set(name, event.target.value))
				.appendTo($quiet);
		});
		const $days = line(__("On working days of"));
		const $list = $(`<input type="text" class="form-control input-sm">`)
			.attr("aria-label", __("Holiday List", null, "Trigger"))
			.val(this.values.holiday_list || "")
			.on("input", (event) => set("holiday_list", event.target.value))
			.appendTo($days);
		crm_marketplace.suggest_names($list, "Holiday List", (value) => set("holiday_list", value));
		const $repeat = line(__("Repeat"));
		number($repeat, "repeat_times", __("Repeat so many times"));
		$repeat.append(`<span class="trigger-and">${__("times, every")}</span>`);
		const { number: every, unit } = crm_marketplace.split_minutes(this.values.repeat_minutes);
		const $every = $(`<input type="number" min="0" class="form-control input-sm trigger-number">`)
			.attr("aria-label", __("Repeat every"))
			.val(every || "")
			.appendTo($repeat);
		const $unit = crm_marketplace.select_element(crm_marketplace.duration_units(), unit, __("Unit")).appendTo($repeat);
		$every
			.add($unit)
			.on("input change", () =>
				set("repeat_minutes", crm_marketplace.join_minutes($every.val(), $unit.val()))
			);
		const $until = $(`<div><label class="small text-muted"></label><div></div></div>`).appendTo($limits);
		$until.find("label").text(__("Repeat until this holds"));
		this.until = new crm_marketplace.TriggerConditions({
			$parent: $until.children("div"),
			fields: (doctype) => this.fields(doctype),
			changed: () => this.on_change(),
			known: () => this.conditions.known(),
		});
		number(line(__("Priority")), "priority", __("Priority"));
		const check = $(`<label class="trigger-check"><input type="checkbox"> <span></span></label>`).appendTo($limits);
		check.find("span").text(__("No other trigger after it"));
		check
			.find("input")
			.prop("checked", Boolean(cint(this.values.stop_others)))
			.on("change", (event) => set("stop_others", event.target.checked ? 1 : 0));
	}

	doctype() {
		const event = this.catalogue.events.find((one) => one.name === this.values.event);
		return (event && event.document_type) || this.values.document_type || "";
	}

	async after_event(new_document) {
		this.values.conditions = new_document ? {} : this.conditions.get_value();
		this.values.repeat_until = new_document ? {} : this.until.get_value();
		await this.event.show(this.values);
		this.values.actions = this.actions.get_value();
		await this.show_rest();
		this.on_change();
	}

	async show_rest() {
		const event = this.catalogue.events.find((one) => one.name === this.values.event);
		const has_changes = Boolean(event && /Changed|Cancelled|Hold/.test(event.name));
		const doctype = this.doctype();
		await Promise.all([
			this.conditions.show(this.values.conditions, doctype, has_changes),
			this.actions.show(this.values.actions, doctype),
			this.until.show(this.values.repeat_until, doctype, false),
		]);
		if (!this.values.event) {
			this.$part("if").html(crm_marketplace.empty(__("First choose what has to happen.")));
		}
	}

	get_values() {
		const { sentence, firings, paused_reason, fired_at, modified, ...values } = this.values;
		return {
			...values,
			document_type: this.doctype(),
			conditions: this.values.event ? this.conditions.get_value() : {},
			repeat_until: this.values.event ? this.until.get_value() : {},
			actions: this.actions.get_value(),
		};
	}

	on_change() {
		this.mark(true);
		this.describe();
	}

	mark(dirty) {
		this.dirty = dirty;
		if (dirty) this.page.set_indicator(__("Not Saved"), "orange");
		else this.page.clear_indicator();
	}

	async ask_sentence() {
		if (!this.values.event) return this.show_sentence(null);
		const question = (this.question = {});
		const sentence = await crm_marketplace.trigger_call("describe", { values: this.get_values() });
		if (question === this.question) this.show_sentence(sentence);
	}

	show_sentence(sentence) {
		this.$part("sentence").html(
			sentence && sentence.when
				? crm_marketplace.trigger_sentence(sentence)
				: crm_marketplace.empty(__("Here it will say in plain words what the trigger does."))
		);
	}

	async save(more = {}) {
		const values = { ...this.get_values(), ...more };
		if (!values.title) {
			this.$editor.find(".trigger-title").trigger("focus");
			frappe.show_alert({ message: __("Give it a name first."), indicator: "orange" });
			return;
		}
		const saved = await crm_marketplace.trigger_call("save", { values }, __("Saving…"));
		const alert = cint(saved.enabled) ? __("Saved. It is on.") : __("Saved. It is off.");
		frappe.show_alert({ message: alert, indicator: cint(saved.enabled) ? "green" : "blue" });
		if (values.name !== saved.name) return frappe.set_route("trigger-builder", saved.name);
		return this.edit(saved);
	}

	// log

	show_log(firings) {
		const $log = this.$part("log").empty();
		if (!firings.length) return $log.html(crm_marketplace.empty(__("It has not fired yet.")));
		for (const firing of firings) $log.append(this.firing_element(firing));
	}

	firing_element(firing) {
		const about = firing.document_name
			? crm_marketplace.link(firing.document_type, firing.document_name, firing.document_title)
			: crm_marketplace.escape(__("no document"));
		const actions = firing.actions
			.map(
				(row) => `<li>${crm_marketplace.trigger_status_pill(row.status)} ${crm_marketplace.escape(row.text || row.label)}
				${row.docname && frappe.model.can_read(row.doctype) ? crm_marketplace.link(row.doctype, row.docname) : ""}</li>`
			)
			.join("");
		const until = firing.status === "Waiting" ? __("until {0}", [crm_marketplace.datetime(firing.due_at)]) : "";
		const $row = $(`<div class="trigger-firing">
			<div>${crm_marketplace.trigger_status_pill(firing.status)} ${about}
			<span class="text-muted small">${until} ${crm_marketplace.since(firing.creation)}</span></div>
			${firing.reason ? `<div class="small">${crm_marketplace.escape(firing.reason)}</div>` : ""}
			<ul>${actions}</ul></div>`);
		if (this.may_write && ["Failed", "Stopped"].includes(firing.status)) {
			$(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.text(__("Run again"))
				.on("click", () =>
					crm_marketplace
						.trigger_call("run_again", { log: firing.name }, __("Starting…"))
						.then(() => this.reload_log())
				)
				.appendTo($row);
		}
		return $row;
	}

	async reload_log() {
		this.show_log(await crm_marketplace.trigger_call("firings", { name: this.values.name }));
	}

	show_secret() {
		crm_marketplace.trigger_call("addresses", { name: this.values.name }).then(({ signing_secret }) => {
			frappe.msgprint({
				title: __("Signing Secret"),
				message: `<p>${__(
					"The header X-Trigger-Signature holds HMAC-SHA256 over timestamp, a dot and the body, made with this key."
				)}</p><code class="trigger-address">${crm_marketplace.escape(signing_secret)}</code>`,
			});
		});
	}
};
