// Actions of a trigger as cards: what, with which settings, after which wait.
frappe.provide("crm_marketplace");

const PEOPLE_KINDS = () => [
	["user", __("User")],
	["role", __("Everybody with the role")],
	["address", __("E-mail address")],
	["field", __("Field of the document")],
	["owner", __("Who created it")],
	["assigned", __("Whom it is assigned to")],
	["me", __("Owner of the trigger")],
];
const WITHOUT_VALUE = ["owner", "assigned", "me"];
const GOODS_TABLE = `<table cellpadding="6" style="width:100%">
{% for row in goods %}<tr>
<td>{% if row.image %}<img src="{{ row.image }}" width="64" alt="">{% endif %}</td>
<td>{{ row.title }}</td><td>{{ row.code }}</td><td><b>{{ row.quantity }}</b></td></tr>{% endfor %}
</table>`;

crm_marketplace.TriggerActions = class TriggerActions {
	constructor({ $parent, catalogue, fields, changed }) {
		this.$parent = $parent;
		this.kinds = catalogue;
		this.get_fields = fields;
		this.changed = changed;
		this.rows = [];
	}

	async show(rows, doctype) {
		this.rows = JSON.parse(JSON.stringify(rows || []));
		this.doctype = doctype;
		this.fields = doctype ? await this.get_fields(doctype) : [];
		this.draw();
	}

	get_value() {
		return this.rows;
	}

	draw() {
		this.$parent.empty();
		this.rows.forEach((row, index) => this.$parent.append(this.card(row, index)));
		this.$parent.append(this.add_button());
	}

	redraw() {
		this.draw();
		this.changed();
	}

	add_button() {
		const $menu = $(`<div class="dropdown"><button type="button" class="btn btn-sm btn-default dropdown-toggle"
			data-toggle="dropdown" aria-expanded="false">${__("Add an action")}</button>
			<div class="dropdown-menu trigger-action-menu"></div></div>`);
		for (const kind of this.kinds) {
			const $item = $(`<a class="dropdown-item" href="#"><b></b><span class="text-muted small"></span></a>`);
			$item.attr("data-type", kind.type).toggleClass("disabled", !kind.may_use);
			$item.find("b").text(kind.label);
			$item.find("span").text(kind.may_use ? kind.help : __("Your roles may not use this."));
			$item.on("click", (event) => {
				event.preventDefault();
				if (!kind.may_use) return;
				this.rows.push({ action_type: kind.type, settings: defaults(kind), delay_minutes: 0 });
				this.redraw();
			});
			$menu.find(".dropdown-menu").append($item);
		}
		return $menu;
	}

	card(row, index) {
		const kind = this.kinds.find((one) => one.type === row.action_type) || {
			label: row.action_type,
			asks: [],
			help: "",
		};
		const $card = $(`<section class="trigger-action"><header><b></b><div class="trigger-action-tools"></div></header>
			<div class="trigger-action-body"></div></section>`).attr("data-type", row.action_type);
		$card.find("header b").text(`${index + 1}. ${kind.label}`);
		const $tools = $card.find(".trigger-action-tools");
		const tool = (icon, label, act, show = true) =>
			show &&
			$(`<button type="button" class="btn btn-xs"></button>`)
				.attr({ "aria-label": label, title: label })
				.html(frappe.utils.icon(icon, "xs"))
				.on("click", act)
				.appendTo($tools);
		tool("up-line", __("Move up"), () => this.move(index, -1), index > 0);
		tool("down", __("Move down"), () => this.move(index, 1), index < this.rows.length - 1);
		tool("close", __("Remove the action"), () => {
			this.rows.splice(index, 1);
			this.redraw();
		});
		const $body = $card.find(".trigger-action-body");
		const [simple, advanced] = [false, true].map((wanted) => kind.asks.filter((ask) => Boolean(ask.advanced) === wanted));
		for (const ask of simple) $body.append(this.ask_element(row, ask));
		const $more = $(`<details><summary></summary></details>`);
		$more.find("summary").text(__("When to do it, and more"));
		for (const ask of advanced) $more.append(this.ask_element(row, ask));
		$more.append(this.delay_element(row), this.check_element(row, "recheck", __("Only if the conditions still hold then")));
		$more.append(this.check_element(row, "go_on", __("Go on with the next action if this one fails")));
		if (row.delay_minutes || row.recheck || row.go_on || advanced.some((ask) => row.settings[ask.name])) $more.attr("open", "");
		return $card.append($more);
	}

	move(index, step) {
		const [row] = this.rows.splice(index, 1);
		this.rows.splice(index + step, 0, row);
		this.redraw();
	}

	delay_element(row) {
		const { number, unit } = crm_marketplace.split_minutes(row.delay_minutes);
		const $line = $(`<div class="trigger-line"><span></span></div>`);
		$line.find("span").text(__("Wait before it"));
		const $number = $(`<input type="number" min="0" class="form-control input-sm trigger-number">`)
			.attr("aria-label", __("Wait before it"))
			.val(number)
			.appendTo($line);
		const $unit = crm_marketplace.select_element(crm_marketplace.duration_units(), unit, __("Unit")).appendTo($line);
		$number.add($unit).on("input change", () => {
			row.delay_minutes = crm_marketplace.join_minutes($number.val(), $unit.val());
			this.changed();
		});
		return $line;
	}

	check_element(target, name, label) {
		const $label = $(`<label class="trigger-check"><input type="checkbox"> <span></span></label>`);
		$label.find("span").text(label);
		$label
			.find("input")
			.attr("data-name", name)
			.prop("checked", Boolean(cint(target[name])))
			.on("change", (event) => {
				target[name] = event.target.checked ? 1 : 0;
				this.changed();
			});
		return $label;
	}

	ask_element(row, ask) {
		const settings = row.settings;
		const set = (value) => {
			settings[ask.name] = value;
			this.changed();
		};
		if (ask.kind === "check") return this.check_element(settings, ask.name, ask.label);
		const $ask = $(`<div class="trigger-ask"><label></label></div>`).attr("data-name", ask.name);
		$ask.find("label").text(ask.label).toggleClass("reqd", Boolean(ask.required));
		const make = {
			people: () => this.people_element(settings, ask, set),
			phones: () => this.people_element(settings, ask, set),
			template: () => this.template_element(settings, ask, set, false),
			html: () => this.template_element(settings, ask, set, true),
			select: () =>
				crm_marketplace
					.select_element([["", "…"], ...(ask.options || [])], settings[ask.name], ask.label)
					.on("change", (event) => set(event.target.value)),
			link: () => {
				const $input = this.input(settings[ask.name], ask.label, set);
				crm_marketplace.suggest_names($input.appendTo($ask), ask.options, set);
				return null;
			},
			map: () => this.map_element(row, ask, set),
			json: () => this.json_element(settings, ask, set),
			int: () =>
				this.input(settings[ask.name], ask.label, (value) => set(cint(value))).attr("type", "number"),
		}[ask.kind];
		const $control = make ? make() : this.input(settings[ask.name], ask.label, set);
		if ($control) $ask.append($control);
		if (ask.help) $(`<div class="text-muted small"></div>`).text(ask.help).appendTo($ask);
		return $ask;
	}

	input(value, label, set) {
		return $(`<input type="text" class="form-control input-sm">`)
			.attr("aria-label", label)
			.val(value)
			.on("input", (event) => set(event.target.value));
	}

	template_element(settings, ask, set, long) {
		const $box = $(`<div class="trigger-template"></div>`);
		const $text = long
			? $(`<textarea class="form-control" rows="7" spellcheck="true"></textarea>`)
			: $(`<input type="text" class="form-control input-sm">`);
		$text
			.attr("aria-label", ask.label)
			.val(settings[ask.name])
			.on("input", () => set($text.val()))
			.appendTo($box);
		const insert = (text) => {
			const box = $text.get(0);
			box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
			set(box.value);
			box.focus();
		};
		const $menu = $(`<div class="dropdown"><button type="button" class="btn btn-xs btn-default dropdown-toggle"
			data-toggle="dropdown" aria-expanded="false">${__("Insert")}</button>
			<div class="dropdown-menu trigger-insert"></div></div>`).appendTo($box);
		const add = (label, text) =>
			$(`<a class="dropdown-item" href="#"></a>`)
				.text(label)
				.on("click", (event) => {
					event.preventDefault();
					insert(text);
				})
				.appendTo($menu.find(".dropdown-menu"));
		if (long) {
			add(__("Link to the document"), "{{ link() }}");
			add(__("Table of goods with pictures"), GOODS_TABLE);
		}
		for (const field of this.fields.filter((one) => !one.rows)) {
			const text = ["Datetime"].includes(field.type) ? `{{ time(doc.${field.value}) }}` : `{{ show("${field.value}") }}`;
			add(field.label, text);
		}
		return $box;
	}

	people_element(settings, ask, set) {
		const people = (settings[ask.name] = settings[ask.name] || []);
		const $box = $(`<div class="trigger-people"></div>`);
		const kinds = PEOPLE_KINDS();
		const draw = () => {
			$box.empty();
			people.forEach((who, index) => {
				const kind = (kinds.find(([value]) => value === who.kind) || [who.kind, who.kind])[1];
				const field = this.fields.find((one) => one.value === who.value);
				const shown = who.kind === "field" && field ? field.label : who.kind === "role" ? __(who.value) : who.value || "";
				const words = ["address", "user"].includes(who.kind) ? shown : [kind, shown].filter(Boolean).join(" ");
				const $chip = $(`<span class="trigger-chip"><span></span><button type="button" class="btn btn-xs"></button></span>`);
				$chip.find("span").text(words);
				$chip
					.find("button")
					.attr({ "aria-label": __("Remove {0}", [words]), title: __("Remove") })
					.html(frappe.utils.icon("close", "xs"))
					.on("click", () => {
						people.splice(index, 1);
						set(people);
						draw();
					});
				$box.append($chip);
			});
			$box.append(this.person_adder(kinds, ask, people, set, draw));
		};
		draw();
		return $box;
	}

	person_adder(kinds, ask, people, set, draw) {
		const offered = ask.kind === "phones" ? kinds.map(([k, l]) => [k, k === "address" ? __("Phone number") : l]) : kinds;
		const $line = $(`<div class="trigger-line trigger-person"></div>`);
		const $kind = crm_marketplace.select_element(offered, "address", __("Who")).appendTo($line);
		const $slot = $(`<span class="trigger-slot"></span>`).appendTo($line);
		const add = (value) => {
			const kind = $kind.val();
			const who = WITHOUT_VALUE.includes(kind) ? { kind } : { kind, value: cstr(value).trim() };
			if (who.value === "" || people.some((one) => one.kind === kind && one.value === who.value)) return;
			people.push(who);
			set(people);
			draw();
		};
		const show = () => {
			$slot.empty();
			const kind = $kind.val();
			if (WITHOUT_VALUE.includes(kind)) return;
			if (kind === "field") {
				const options = this.fields.filter((one) => !one.rows).map((one) => [one.value, one.label]);
				crm_marketplace.select_element(options, "", __("Field")).appendTo($slot);
				return;
			}
			const $input = $(`<input type="text" class="form-control input-sm">`)
				.attr("aria-label", offered.find(([value]) => value === kind)[1])
				.on("keydown", (event) => event.key === "Enter" && add($input.val()))
				.appendTo($slot);
			// What was typed counts, also when nobody presses the button.
			if (kind === "address") $input.on("change", () => add($input.val()));
			if (kind === "user") crm_marketplace.suggest_names($input, "User", () => {});
			if (kind === "role") crm_marketplace.suggest_names($input, "Role", () => {});
		};
		$kind.on("change", show);
		show();
		$(`<button type="button" class="btn btn-xs btn-default"></button>`)
			.text(__("Add"))
			.on("click", () => add($slot.find("input, select").val()))
			.appendTo($line);
		return $line;
	}

	map_element(row, ask, set) {
		const rows = (row.settings[ask.name] = row.settings[ask.name] || []);
		const $box = $(`<div></div>`);
		const target = row.action_type === "Create Document" ? row.settings.doctype : this.doctype;
		const draw = async () => {
			const found = target ? await this.get_fields(target).catch(() => []) : [];
			const options = found.filter((one) => !one.rows && !["name", "owner", "creation", "modified"].includes(one.value));
			$box.empty();
			rows.forEach((entry, index) => {
				const $line = $(`<div class="trigger-line"></div>`).appendTo($box);
				crm_marketplace
					.select_element([["", "…"], ...options.map((one) => [one.value, one.label])], entry.field, __("Field"))
					.on("change", (event) => {
						const field = options.find((one) => one.value === event.target.value);
						Object.assign(entry, { field: event.target.value, label: field && field.label });
						set(rows);
						draw();
					})
					.appendTo($line);
				const field = options.find((one) => one.value === entry.field);
				const choices = field && Array.isArray(field.options) ? field.options : null;
				const set_value = (value) => {
					entry.value = value;
					set(rows);
				};
				if (choices) {
					crm_marketplace
						.select_element([["", "…"], ...choices.map((one) => [one.value, one.label])], entry.value, __("Value"))
						.on("change", (event) => set_value(event.target.value))
						.appendTo($line);
				} else {
					this.input(entry.value, __("Value"), set_value).appendTo($line);
				}
				$(`<button type="button" class="btn btn-xs"></button>`)
					.attr("aria-label", __("Remove"))
					.html(frappe.utils.icon("close", "xs"))
					.on("click", () => {
						rows.splice(index, 1);
						set(rows);
						draw();
					})
					.appendTo($line);
			});
			$(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.text(__("Add a field"))
				.on("click", () => {
					rows.push({ field: "", value: "" });
					set(rows);
					draw();
				})
				.appendTo($box);
		};
		draw();
		return $box;
	}

	json_element(settings, ask, set) {
		const value = settings[ask.name];
		return $(`<textarea class="form-control trigger-json" rows="3" spellcheck="false"></textarea>`)
			.attr("aria-label", ask.label)
			.val(value && Object.keys(value).length ? JSON.stringify(value, null, 1) : "")
			.on("input", (event) => {
				const text = event.target.value.trim();
				try {
					set(text ? JSON.parse(text) : null);
					event.target.classList.remove("is-invalid");
				} catch {
					event.target.classList.add("is-invalid");
				}
			});
	}
};

function defaults(kind) {
	const settings = {};
	for (const ask of kind.asks) {
		if (ask.default !== null && ask.default !== undefined) settings[ask.name] = ask.default;
	}
	return settings;
}
