// "When": the event of a trigger and what it asks for.
frappe.provide("crm_marketplace");

const CRONS = () => [
	["0 9 * * *", __("every day at nine")],
	["0 9 * * 1-5", __("Monday to Friday at nine")],
	["0 9 * * 1", __("every Monday at nine")],
	["0 9 1 * *", __("on the first of the month at nine")],
];

crm_marketplace.TriggerEvent = class TriggerEvent {
	/** @param {Function} known what the conditions say of the document: field → value */
	constructor({ $parent, events, documents, fields, changed, redraw, known }) {
		Object.assign(this, { $parent, events, documents, changed, redraw, known });
		this.get_fields = fields;
	}

	/** Draws the card for these values, and writes what is chosen back into them. */
	async show(values) {
		this.values = values;
		this.event = this.events.find((one) => one.name === values.event);
		const doctype = this.event?.document_type || values.document_type;
		this.fields = doctype ? await this.get_fields(doctype).catch(() => []) : [];
		this.$parent.empty().append(this.event_element());
		if (!this.event) return;
		$(`<p class="text-muted small"></p>`).text(this.event.help).appendTo(this.$parent);
		if (!this.event.document_type) this.$parent.append(this.document_element());
		for (const ask of this.event.asks) this.$parent.append(this.ask(ask));
	}

	event_element() {
		const $select = $(`<select class="form-control"></select>`).attr("aria-label", __("When"));
		$(`<option value=""></option>`).text(__("Choose what has to happen")).appendTo($select);
		for (const group of [...new Set(this.events.map((one) => one.group))]) {
			const $group = $("<optgroup></optgroup>").attr("label", group).appendTo($select);
			for (const one of this.events.filter((event) => event.group === group)) {
				$("<option></option>").attr("value", one.name).text(one.label).appendTo($group);
			}
		}
		return $select.val(this.values.event || "").on("change", () => {
			const before = this.doctype();
			Object.assign(this.values, {
				event: $select.val(),
				event_field: "",
				from_value: "",
				to_value: "",
				watched_fields: "",
			});
			this.redraw(before !== this.doctype());
		});
	}

	doctype() {
		const event = this.events.find((one) => one.name === this.values.event);
		return event?.document_type || this.values.document_type;
	}

	document_element() {
		const options = [["", this.event.has_document ? "…" : __("no document")]].concat(
			this.documents.map((one) => [one.value, one.label])
		);
		const $line = line(__("Document"));
		const chosen = this.values.document_type || "";
		crm_marketplace
			.select_element([...options, ["*", __("Another one …")]], chosen, __("Document"))
			.on("change", (event) => {
				if (event.target.value !== "*") return this.choose_document(event.target.value);
				frappe.prompt(
					{ fieldtype: "Link", fieldname: "doctype", options: "DocType", label: __("Document"), reqd: 1,
						get_query: () => ({ filters: { istable: 0, issingle: 0 } }) },
					({ doctype }) => this.choose_document(doctype),
					__("Document")
				);
			})
			.appendTo($line);
		return $line;
	}

	choose_document(doctype) {
		Object.assign(this.values, { document_type: doctype, event_field: "", from_value: "", to_value: "", watched_fields: "" });
		this.redraw(true);
	}

	ask(ask) {
		return {
			field: () => this.field_ask(),
			fields: () => this.watched_ask(),
			date_field: () => this.date_ask(),
			from: () => this.value_ask("from_value", __("From", null, "Trigger"), __("any")),
			to: () =>
				this.value_ask(
					"to_value",
					this.values.event === "No Change For" ? __("Stays") : __("To", null, "Trigger"),
					this.values.event === "No Change For" ? "…" : __("any")
				),
			duration: () => this.duration_ask(),
			direction: () => this.direction_ask(),
			schedule: () => this.schedule_ask(),
			threshold: () => this.threshold_ask(),
			stars: () => this.stars_ask(),
			webhook: () => this.webhook_ask(),
		}[ask]();
	}

	set(values, redraw) {
		Object.assign(this.values, values);
		if (redraw) this.redraw(false);
		else this.changed();
	}

	field_ask() {
		const options = this.fields
			.filter((one) => !one.rows && !one.silent && ["Select", "Link", "Data", "Check", "Int"].includes(one.type))
			.map((one) => [one.value, one.label]);
		if (!this.values.event_field && this.fields.some((one) => one.value === "status")) {
			this.values.event_field = "status";
		}
		const $line = line(__("Field"));
		crm_marketplace
			.select_element([["", "…"], ...options], this.values.event_field, __("Field"))
			.on("change", (event) =>
				this.set({ event_field: event.target.value, from_value: "", to_value: "" }, true)
			)
			.appendTo($line);
		return $line;
	}

	date_ask() {
		const options = this.fields
			.filter((one) => ["Date", "Datetime"].includes(one.type))
			.map((one) => [one.value, one.label]);
		const $line = line(__("Date"));
		crm_marketplace
			.select_element([["", "…"], ...options], this.values.event_field, __("Date"))
			.on("change", (event) => this.set({ event_field: event.target.value }))
			.appendTo($line);
		return $line;
	}

	watched_ask() {
		const watched = (this.values.watched_fields || "").split(/\s+/).filter(Boolean);
		const $line = line(__("Only these fields"));
		const $chips = $(`<span class="trigger-people"></span>`).appendTo($line);
		for (const name of watched) {
			const field = this.fields.find((one) => one.value === name);
			$(`<span class="trigger-chip"><span></span><button type="button" class="btn btn-xs"></button></span>`)
				.find("span")
				.text(field ? field.label : name)
				.end()
				.find("button")
				.attr("aria-label", __("Remove"))
				.html(frappe.utils.icon("close", "xs"))
				.on("click", () => this.set({ watched_fields: watched.filter((one) => one !== name).join("\n") }, true))
				.end()
				.appendTo($chips);
		}
		const heard = this.fields.filter((one) => !one.silent && !watched.includes(one.value));
		const options = heard.map((one) => [one.value, one.label]);
		crm_marketplace
			.select_element([["", watched.length ? __("one more") : __("any field")], ...options], "", __("Only these fields"))
			.on("change", (event) => this.set({ watched_fields: [...watched, event.target.value].join("\n") }, true))
			.appendTo($chips);
		return $line;
	}

	value_ask(name, label, empty) {
		const fieldname = this.event.status_field || this.values.event_field;
		const field = this.fields.find((one) => one.value === fieldname);
		const $line = line(label);
		if (field && Array.isArray(field.options) && field.options.length) {
			const options = field.options.map((one) => [one.value, one.label]);
			crm_marketplace
				.select_element([["", empty], ...options], this.values[name], label)
				.on("change", (event) => this.set({ [name]: event.target.value }))
				.appendTo($line);
			return $line;
		}
		const $input = $(`<input type="text" class="form-control input-sm">`)
			.attr({ "aria-label": label, placeholder: empty })
			.val(this.values[name])
			.on("input", () => this.set({ [name]: $input.val() }))
			.appendTo($line);
		if (field && field.type === "Link" && field.options) {
			crm_marketplace.suggest_names($input, field.options, (value) => this.set({ [name]: value }), () =>
				crm_marketplace.narrowed_names(field, this.fields, this.known(), this.get_fields)
			);
		}
		return $line;
	}

	duration_ask() {
		const { number, unit } = crm_marketplace.split_minutes(this.values.duration);
		const label = this.event.name === "No Change For" ? __("For longer than") : __("How long");
		const $line = line(label);
		const $number = $(`<input type="number" min="0" class="form-control input-sm trigger-number">`)
			.attr("aria-label", label)
			.val(number)
			.appendTo($line);
		const $unit = crm_marketplace.select_element(crm_marketplace.duration_units(), unit, __("Unit")).appendTo($line);
		$number
			.add($unit)
			.on("input change", () =>
				this.set({ duration: crm_marketplace.join_minutes($number.val(), $unit.val()) })
			);
		return $line;
	}

	direction_ask() {
		this.values.direction = this.values.direction || "Before";
		const $line = line("");
		crm_marketplace
			.select_element(
				[
					["Before", __("before the date")],
					["After", __("after the date")],
				],
				this.values.direction,
				__("Before or after")
			)
			.on("change", (event) => this.set({ direction: event.target.value }))
			.appendTo($line);
		return $line;
	}

	schedule_ask() {
		const $line = line(__("How often"));
		const known = CRONS();
		const every = cint(this.values.every_minutes);
		const kind = every ? "every" : known.some(([cron]) => cron === this.values.cron) ? this.values.cron : this.values.cron ? "cron" : "";
		crm_marketplace
			.select_element(
				[["", "…"], ...known, ["every", __("every so often")], ["cron", __("another schedule")]],
				kind,
				__("How often")
			)
			.on("change", (event) => {
				const value = event.target.value;
				if (value === "every") this.set({ cron: "", every_minutes: 60 }, true);
				else this.set({ cron: value === "cron" ? "30 8 * * 1,4" : value, every_minutes: 0 }, true);
			})
			.appendTo($line);
		if (kind === "every") {
			const { number, unit } = crm_marketplace.split_minutes(every);
			const $number = $(`<input type="number" min="1" class="form-control input-sm trigger-number">`)
				.attr("aria-label", __("How often"))
				.val(number)
				.appendTo($line);
			const $unit = crm_marketplace.select_element(crm_marketplace.duration_units(), unit, __("Unit")).appendTo($line);
			$number
				.add($unit)
				.on("input change", () =>
					this.set({ every_minutes: crm_marketplace.join_minutes($number.val(), $unit.val()) })
				);
		}
		if (kind === "cron") {
			$(`<input type="text" class="form-control input-sm">`)
				.attr({ "aria-label": __("Minute, hour, day, month, weekday"), title: __("Minute, hour, day, month, weekday") })
				.val(this.values.cron)
				.on("input", (event) => this.set({ cron: event.target.value.trim() }))
				.appendTo($line);
		}
		return $line;
	}

	threshold_ask() {
		this.values.threshold_unit = this.values.threshold_unit || "Units";
		const $line = line(__("Less than"));
		$(`<input type="number" min="0" class="form-control input-sm trigger-number">`)
			.attr("aria-label", __("Less than"))
			.val(this.values.threshold)
			.on("input", (event) => this.set({ threshold: flt(event.target.value) }))
			.appendTo($line);
		crm_marketplace
			.select_element(
				[
					["Units", __("units")],
					["Days of Sale", __("days of sale")],
				],
				this.values.threshold_unit,
				__("Unit")
			)
			.on("change", (event) => this.set({ threshold_unit: event.target.value }))
			.appendTo($line);
		return $line;
	}

	stars_ask() {
		if (!this.values.threshold || this.values.threshold > 5) this.values.threshold = 3;
		const $line = line(__("At most"));
		crm_marketplace
			.select_element(
				[1, 2, 3, 4, 5].map((count) => [String(count), "★".repeat(count)]),
				String(this.values.threshold),
				__("Stars")
			)
			.on("change", (event) => this.set({ threshold: cint(event.target.value) }))
			.appendTo($line);
		return $line;
	}

	webhook_ask() {
		const $line = line(__("Address"));
		if (!this.values.name) {
			return $line.append($(`<span class="text-muted"></span>`).text(__("Save first: the address is made then.")));
		}
		$(`<button type="button" class="btn btn-xs btn-default"></button>`)
			.text(__("Show the address"))
			.on("click", () =>
				crm_marketplace.trigger_call("addresses", { name: this.values.name }).then(({ webhook }) => {
					frappe.msgprint({
						title: __("Address of the webhook"),
						message: `<p>${__("Other programs send JSON to it by POST. Keep it secret.")}</p>
							<code class="trigger-address">${crm_marketplace.escape(webhook)}</code>`,
					});
				})
			)
			.appendTo($line);
		return $line;
	}
};

function line(label) {
	const $line = $(`<div class="trigger-line"><span></span></div>`);
	$line.find("span").text(label);
	return $line;
}
