// Conditions made by clicking: groups, fields of the document, of linked documents, of rows, and the rest.
import { CHANGE_OPS, NO_VALUE, NUMBERS, VALUE_OPS, kind_of, op_label, placeholder, read_value } from "./trigger_condition_ops";

frappe.provide("crm_marketplace");

crm_marketplace.TriggerConditions = class TriggerConditions {
	/**
	 * @param {jQuery} $parent
	 * @param {Function} fields resolves to the fields of a DocType
	 * @param {Function} changed called after each change
	 */
	constructor({ $parent, fields, changed }) {
		this.$parent = $parent;
		this.get_fields = fields;
		this.changed = changed;
		this.tree = { all: [] };
	}

	async show(tree, doctype, has_changes) {
		this.tree = as_group(tree);
		this.doctype = doctype;
		this.has_changes = has_changes;
		this.fields = doctype ? await this.get_fields(doctype) : [];
		this.draw();
	}

	/** The tree without groups nobody filled. */
	get_value() {
		return pruned(this.tree) || {};
	}

	draw() {
		this.$parent.empty().append(this.group_element(this.tree, null));
	}

	redraw() {
		this.draw();
		this.changed();
	}

	group_element(group, parent) {
		const kind = "any" in group ? "any" : "all";
		const nodes = group[kind];
		const $group = $(`<div class="trigger-group" role="group"></div>`);
		const $head = $(`<div class="trigger-group-head"></div>`).appendTo($group);
		if (nodes.length > 1 || parent) {
			crm_marketplace
				.select_element(
					[
						["all", __("All of these hold")],
						["any", __("At least one of these holds")],
					],
					kind,
					__("How the conditions go together")
				)
				.on("change", (event) => {
					delete group[kind];
					group[event.target.value] = nodes;
					this.redraw();
				})
				.appendTo($head);
		}
		if (parent) $head.append(this.remove_button(() => remove(parent, group), __("Remove the group")));
		nodes.forEach((node) => {
			const is_group = "all" in node || "any" in node;
			$group.append(is_group ? this.group_element(node, nodes) : this.test_element(node, nodes));
		});
		if (!nodes.length && !parent) {
			$group.append(crm_marketplace.empty(__("No conditions: it always goes on.")));
		}
		$group.append(this.add_buttons(nodes, Boolean(parent)));
		return $group;
	}

	add_buttons(nodes, is_inner) {
		const $buttons = $(`<div class="marketplace-buttons"></div>`);
		const add = (label, node) =>
			$(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.text(label)
				.on("click", () => {
					nodes.push(node());
					this.redraw();
				})
				.appendTo($buttons);
		if (this.fields.length) add(__("Add a condition"), () => this.new_test());
		if (this.fields.length && !is_inner) add(__("Add a group"), () => ({ any: [this.new_test()] }));
		const $more = $(`<div class="btn-group"><button type="button" class="btn btn-xs btn-default dropdown-toggle"
			data-toggle="dropdown" aria-expanded="false">${__("More", null, "Trigger")}</button><div class="dropdown-menu"></div></div>`);
		const more = (label, node) =>
			$(`<a class="dropdown-item" href="#"></a>`)
				.text(label)
				.on("click", (event) => {
					event.preventDefault();
					nodes.push(node());
					this.redraw();
				})
				.appendTo($more.find(".dropdown-menu"));
		if (this.fields.some((field) => field.rows)) more(__("Rows of a table"), () => this.new_rows());
		more(__("Who did it"), () => ({ user: "!=", value: frappe.session.user }));
		more(__("Time of day"), () => ({ time: ["09:00", "18:00"] }));
		more(__("Working day"), () => ({ calendar: "working", list: "" }));
		more(__("Expression"), () => ({ expression: "" }));
		return $buttons.append($more);
	}

	new_test() {
		const first = this.fields.find((field) => field.value === "status") || this.fields.find((field) => !field.rows);
		return { field: first.value, op: "=", value: first.type === "Check" ? 1 : "" };
	}

	new_rows() {
		const table = this.fields.find((field) => field.rows);
		return { table: table.value, how: "any", where: { field: table.rows[0].value, op: "=", value: "" } };
	}

	test_element(node, nodes) {
		const $row = $(`<div class="trigger-test"></div>`);
		if ("table" in node) this.rows_element($row, node);
		else if ("field" in node) this.field_element($row, node, this.fields, true);
		else if ("user" in node) this.user_element($row, node);
		else if ("time" in node) this.time_element($row, node);
		else if ("calendar" in node) this.calendar_element($row, node);
		else if ("expression" in node) this.expression_element($row, node);
		else $row.append($("<code></code>").text(JSON.stringify(node)));
		return $row.append(this.remove_button(() => remove(nodes, node), __("Remove the condition")));
	}

	field_element($row, node, fields, own) {
		const [link, there] = node.field.split(".");
		const field = fields.find((one) => one.value === link) || { value: link, label: link, type: "Data" };
		this.field_select(fields, link)
			.on("change", (event) => {
				const chosen = fields.find((one) => one.value === event.target.value);
				Object.assign(node, { field: chosen.value, op: "=", value: chosen.type === "Check" ? 1 : "" });
				delete node.of;
				this.redraw();
			})
			.appendTo($row);
		if (!own || field.type !== "Link" || !field.options) return this.compare_element($row, node, field, own && !there);
		// A link may be asked itself, or for a field of what it leads to.
		const $slot = $(`<span class="trigger-slot"></span>`).appendTo($row);
		this.get_fields(field.options)
			.catch(() => [])
			.then((others) => {
				const options = [["", __("itself")]].concat(
					others.filter((one) => !one.rows).map((one) => [one.value, one.label])
				);
				crm_marketplace
					.select_element(options, there || "", __("Field of the linked document"))
					.on("change", (event) => {
						node.field = event.target.value ? `${link}.${event.target.value}` : link;
						Object.assign(node, { op: "=", value: "" });
						this.redraw();
					})
					.appendTo($slot);
				const other = there && others.find((one) => one.value === there);
				this.compare_element($row, node, there ? other || { type: "Data" } : field, !there);
				$row.append($row.children(".trigger-remove"));
			});
	}

	field_select(fields, value) {
		const options = fields.filter((field) => !field.rows).map((field) => [field.value, field.label]);
		return crm_marketplace.select_element(options, value, __("Field")).addClass("trigger-field");
	}

	compare_element($row, node, field, may_change) {
		const kind = kind_of(field);
		const ops = [...VALUE_OPS[kind]];
		if (may_change && this.has_changes) ops.push(...CHANGE_OPS.slice(0, kind === "number" || kind === "date" ? 5 : 3));
		crm_marketplace
			.select_element(
				ops.map((op) => [op, op_label(op, kind)]),
				node.op,
				__("Comparison")
			)
			.on("change", (event) => {
				node.op = event.target.value;
				if (NO_VALUE.includes(node.op)) delete node.value;
				else if (["in", "not in", "between"].includes(node.op)) node.value = [].concat(node.value || []);
				else if (Array.isArray(node.value)) node.value = node.value[0] || "";
				else if (node.value === undefined) node.value = "";
				this.redraw();
			})
			.appendTo($row);
		if (!NO_VALUE.includes(node.op)) this.value_element($row, node, field, kind);
	}

	value_element($row, node, field, kind) {
		const set = (value) => {
			node.value = value;
			this.changed();
		};
		const options = Array.isArray(field.options) ? field.options.map((one) => [one.value, one.label]) : [];
		if (kind === "check") {
			crm_marketplace
				.select_element(
					[
						["1", __("Yes")],
						["0", __("No")],
					],
					node.value,
					__("Value")
				)
				.on("change", (event) => set(cint(event.target.value)))
				.appendTo($row);
			return;
		}
		if (options.length && ["in", "not in"].includes(node.op)) {
			const $choices = $(`<span class="trigger-choices"></span>`).appendTo($row);
			for (const [value, label] of options) {
				const $choice = $(`<label><input type="checkbox"> <span></span></label>`).appendTo($choices);
				$choice.find("span").text(label);
				$choice
					.find("input")
					.prop("checked", [].concat(node.value || []).includes(value))
					.on("change", (event) => {
						const rest = [].concat(node.value || []).filter((one) => one !== value);
						set(event.target.checked ? [...rest, value] : rest);
					});
			}
			return;
		}
		if (options.length) {
			crm_marketplace
				.select_element([["", "…"], ...options], node.value, __("Value"))
				.on("change", (event) => set(event.target.value))
				.appendTo($row);
			return;
		}
		const shown = Array.isArray(node.value) ? node.value.join(", ") : node.value;
		const $input = $(`<input type="text" class="form-control input-sm trigger-value">`)
			.attr("aria-label", __("Value"))
			.attr("placeholder", placeholder(kind, node.op))
			.val(shown)
			.on("input", (event) => set(read_value(event.target.value, node.op, kind)))
			.appendTo($row);
		if (field.type === "Link" && field.options && node.op !== "in") suggest($input, field.options, set);
	}

	rows_element($row, node) {
		const tables = this.fields.filter((field) => field.rows);
		const table = tables.find((field) => field.value === node.table) || tables[0] || { rows: [] };
		crm_marketplace
			.select_element(
				[
					["any", __("in some row of")],
					["all", __("in every row of")],
					["count", __("the number of rows in")],
					["sum", __("the sum over")],
					["max", __("the largest in")],
					["min", __("the smallest in")],
				],
				node.how,
				__("Question")
			)
			.on("change", (event) => {
				node.how = event.target.value;
				const numbers = table.rows.find((field) => NUMBERS.includes(field.type)) || table.rows[0];
				if (["any", "all"].includes(node.how)) {
					delete node.field;
					delete node.op;
					delete node.value;
					node.where = node.where || { field: table.rows[0].value, op: "=", value: "" };
				} else {
					delete node.where;
					Object.assign(node, { op: ">", value: node.value || "" });
					if (node.how === "count") delete node.field;
					else node.field = node.field || numbers.value;
				}
				this.redraw();
			})
			.appendTo($row);
		crm_marketplace
			.select_element(
				tables.map((field) => [field.value, field.label]),
				node.table,
				__("Table")
			)
			.on("change", (event) => {
				const chosen = tables.find((field) => field.value === event.target.value);
				node.table = chosen.value;
				if (node.where) node.where = { field: chosen.rows[0].value, op: "=", value: "" };
				if (node.field) node.field = chosen.rows[0].value;
				this.redraw();
			})
			.appendTo($row);
		if (node.where) return this.field_element($row, node.where, table.rows, false);
		if (node.field) {
			this.field_select(
				table.rows.filter((field) => NUMBERS.includes(field.type)),
				node.field
			)
				.on("change", (event) => {
					node.field = event.target.value;
					this.changed();
				})
				.appendTo($row);
		}
		this.compare_element($row, node, { type: "Float" }, false);
	}

	user_element($row, node) {
		$row.append($("<span></span>").text(__("The person who did it")));
		crm_marketplace
			.select_element(
				[
					["=", __("is")],
					["!=", __("is not")],
				],
				node.user,
				__("Comparison")
			)
			.on("change", (event) => {
				node.user = event.target.value;
				this.changed();
			})
			.appendTo($row);
		const set = (value) => {
			node.value = value;
			this.changed();
		};
		const $input = $(`<input type="text" class="form-control input-sm trigger-value">`)
			.attr("aria-label", __("User"))
			.val(node.value)
			.on("input", (event) => set(event.target.value))
			.appendTo($row);
		suggest($input, "User", set);
	}

	time_element($row, node) {
		$row.append($("<span></span>").text(__("The time is between")));
		[0, 1].forEach((index) => {
			$(`<input type="time" class="form-control input-sm">`)
				.attr("aria-label", index ? __("Until") : __("From", null, "Trigger"))
				.val(node.time[index])
				.on("input", (event) => {
					node.time[index] = event.target.value;
					this.changed();
				})
				.appendTo($row);
		});
	}

	calendar_element($row, node) {
		crm_marketplace
			.select_element(
				[
					["working", __("It is a working day by")],
					["holiday", __("It is a holiday by")],
				],
				node.calendar,
				__("Day")
			)
			.on("change", (event) => {
				node.calendar = event.target.value;
				this.changed();
			})
			.appendTo($row);
		const set = (value) => {
			node.list = value;
			this.changed();
		};
		const $input = $(`<input type="text" class="form-control input-sm trigger-value">`)
			.attr("aria-label", __("Holiday List", null, "Trigger"))
			.val(node.list)
			.on("input", (event) => set(event.target.value))
			.appendTo($row);
		suggest($input, "Holiday List", set);
	}

	expression_element($row, node) {
		$(`<input type="text" class="form-control input-sm trigger-expression">`)
			.attr("aria-label", __("Expression"))
			.attr("placeholder", "doc.total > 2 * old.total")
			.val(node.expression)
			.on("input", (event) => {
				node.expression = event.target.value;
				this.changed();
			})
			.appendTo($row);
	}

	remove_button(take, label) {
		return $(`<button type="button" class="btn btn-xs trigger-remove"></button>`)
			.attr("aria-label", label)
			.attr("title", label)
			.html(frappe.utils.icon("close", "xs"))
			.on("click", () => {
				take();
				this.redraw();
			});
	}
};

function as_group(tree) {
	const copy = JSON.parse(JSON.stringify(tree || {}));
	if ("all" in copy || "any" in copy) return copy;
	return { all: Object.keys(copy).length ? [copy] : [] };
}

function pruned(node) {
	for (const kind of ["all", "any"]) {
		if (kind in node) {
			const parts = node[kind].map(pruned).filter(Boolean);
			return parts.length ? { [kind]: parts } : null;
		}
	}
	return node;
}

function remove(nodes, node) {
	nodes.splice(nodes.indexOf(node), 1);
}

/** Names of documents under a text box, as they are typed. */
function suggest($input, doctype, set) {
	const list = new Awesomplete($input.get(0), { minChars: 0, filter: () => true, sort: false });
	const ask = frappe.utils.debounce((text) => {
		frappe.call({
			method: "frappe.desk.search.search_link",
			type: "POST",
			args: { doctype, txt: text || "", page_length: 10 },
			callback: ({ message }) => {
				list.list = (message || []).map((row) => row.value);
			},
		});
	}, 250);
	$input.on("input focus", () => ask($input.val()));
	$input.on("awesomplete-selectcomplete", () => set($input.val()));
}

crm_marketplace.suggest_names = suggest;
