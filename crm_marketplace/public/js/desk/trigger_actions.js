// Actions of a trigger as cards: what, with which settings, after which wait.
frappe.provide("crm_marketplace");

const GOODS_TABLE = `<table cellpadding="6" style="width:100%">
{% for row in goods %}<tr>
<td>{% if row.image %}<img src="{{ row.image }}" width="64" alt="">{% endif %}</td>
<td>{{ row.title }}</td><td>{{ row.code }}</td><td><b>{{ row.quantity }}</b></td></tr>{% endfor %}
</table>`;

crm_marketplace.TriggerActions = class TriggerActions {
	/** @param {Function} known what the conditions say of the document: field → value */
	constructor({ $parent, catalogue, fields, changed, known }) {
		this.$parent = $parent;
		this.kinds = catalogue;
		this.get_fields = fields;
		this.changed = changed;
		this.known = known;
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
		for (const kind of this.kinds.filter((one) => fits(one, this.doctype))) {
			const $item = $(`<a class="dropdown-item" href="#"><b></b><span class="text-muted small"></span></a>`);
			$item.attr("data-type", kind.type).toggleClass("disabled", !kind.may_use);
			$item.find("b").text(kind.label);
			$item.find("span").text(kind.may_use ? kind.help : __("Your roles may not use this."));
			$item.on("click", (event) => {
				event.preventDefault();
				if (!kind.may_use) return;
				this.rows.push({ action_type: kind.type, settings: defaults(kind, this.doctype), delay_minutes: 0 });
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
		const asks = kind.asks.filter((ask) => fits(ask, this.doctype));
		const [simple, advanced] = [false, true].map((wanted) => asks.filter((ask) => Boolean(ask.advanced) === wanted));
		const elements = new Map();
		const show_asked = () =>
			elements.forEach(($element, ask) => $element.toggleClass("hidden", !is_asked(ask, row.settings)));
		const add = ($to, ask) => {
			const $element = this.ask_element(row, ask, show_asked);
			elements.set(ask, $element);
			$to.append($element);
		};
		for (const ask of simple) add($body, ask);
		const $more = $(`<details><summary></summary></details>`);
		$more.find("summary").text(__("When to do it, and more"));
		for (const ask of advanced) add($more, ask);
		show_asked();
		$more.append(this.delay_element(row), this.check_element(row, "recheck", __("Only if the conditions still hold then")));
		$more.append(this.check_element(row, "go_on", __("Go on with the next action if this one fails")));
		if (row.delay_minutes || row.recheck || row.go_on || advanced.some((ask) => is_changed(ask, row.settings))) {
			$more.attr("open", "");
		}
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

	check_element(target, name, label, after = () => {}) {
		const $label = $(`<label class="trigger-check"><input type="checkbox"> <span></span></label>`);
		$label.find("span").text(label);
		$label
			.find("input")
			.attr("data-name", name)
			.prop("checked", Boolean(cint(target[name])))
			.on("change", (event) => {
				target[name] = event.target.checked ? 1 : 0;
				after();
				this.changed();
			});
		return $label;
	}

	/** @param {Function} show_asked called when what else is asked for may have changed */
	ask_element(row, ask, show_asked) {
		const settings = row.settings;
		const set = (value) => {
			settings[ask.name] = value;
			show_asked();
			this.changed();
		};
		if (ask.kind === "check") return this.check_element(settings, ask.name, ask.label, show_asked);
		const $ask = $(`<div class="trigger-ask"><label></label></div>`).attr("data-name", ask.name);
		$ask.find("label").text(ask.label).toggleClass("reqd", Boolean(ask.required));
		const make = {
			people: () => crm_marketplace.trigger_people(settings, ask, this.fields, set),
			users: () => crm_marketplace.trigger_people(settings, ask, this.fields, set),
			phones: () => crm_marketplace.trigger_people(settings, ask, this.fields, set),
			template: () => this.template_element(settings, ask, set, false),
			html: () => this.template_element(settings, ask, set, true),
			select: () =>
				crm_marketplace
					.select_element(choices(ask, this.doctype), settings[ask.name], ask.label)
					.on("change", (event) => set(event.target.value)),
			link: () => {
				const $input = this.input(settings[ask.name], ask.label, set);
				crm_marketplace.suggest_names($input.appendTo($ask), ask.options, (value) => {
					set(value);
					$ask.closest(".trigger-action").find(".trigger-map").trigger("trigger:redraw"); // of what is chosen
				});
				return this.new_one_link(ask);
			},
			map: () => this.map_element(row, ask, set),
			rows: () =>
				crm_marketplace.trigger_rows({
					value: settings[ask.name],
					target: () => settings.doctype,
					fields: this.get_fields,
					set,
				}),
			json: () => this.json_element(settings, ask, set),
			int: () =>
				this.input(settings[ask.name], ask.label, (value) => set(cint(value))).attr("type", "number"),
		}[ask.kind];
		const $control = make ? make() : this.input(settings[ask.name], ask.label, set);
		if ($control) $ask.append($control);
		if (ask.help) $(`<div class="text-muted small"></div>`).text(ask.help).appendTo($ask);
		return $ask;
	}

	/** A way to what one would choose from, where it is not there yet. */
	new_one_link(ask) {
		if (!ask.new_one || !frappe.model.can_create(ask.options)) return null;
		return $(`<a class="small" target="_blank" rel="noopener"></a>`)
			.attr("href", `/app/${frappe.router.slug(ask.options)}/new`)
			.text(__("Make a new one"));
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

	map_element(row, ask, set) {
		const is_new = row.action_type === "Create Document";
		return crm_marketplace.trigger_map({
			entries: (row.settings[ask.name] = row.settings[ask.name] || []),
			target: () => (is_new ? row.settings.doctype : this.doctype),
			fields: this.get_fields,
			known: () => (is_new ? {} : this.known()),
			set,
		});
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

function defaults(kind, doctype) {
	const settings = {};
	for (const ask of kind.asks.filter((one) => fits(one, doctype))) {
		if (has_default(ask)) settings[ask.name] = ask.default;
	}
	return settings;
}

function has_default(ask) {
	return ask.default !== null && ask.default !== undefined;
}

/** Whether something is filled in otherwise than it comes. */
function is_changed(ask, settings) {
	const value = settings[ask.name];
	return has_default(ask) ? value !== undefined && cstr(value) !== cstr(ask.default) : Boolean(value);
}

/** Whether an action, or what it asks for, makes sense with documents of this kind. */
function fits(one, doctype) {
	return !(one.documents || []).length || one.documents.includes(doctype);
}

function is_asked(ask, settings) {
	if (!ask.shown_if) return true;
	const [name, values] = ask.shown_if;
	return values.map(cstr).includes(cstr(settings[name] || ""));
}

/** What a select offers; an entry may be for some kinds of documents only. */
function choices(ask, doctype) {
	const offered = (ask.options || []).filter(([, , documents]) => fits({ documents }, doctype));
	return [...(has_default(ask) ? [] : [["", "…"]]), ...offered];
}
