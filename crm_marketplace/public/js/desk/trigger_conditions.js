// Conditions made by clicking: groups, fields of the document, of linked documents, of rows, and the rest.
import { CHANGE_OPS, NO_VALUE, NUMBERS, VALUE_OPS, kind_of, op_label, placeholder, read_value } from "./trigger_condition_ops";
import { OTHERS } from "./trigger_condition_others";

frappe.provide("crm_marketplace");

const DEEPEST = 4; // groups in groups; more than that nobody reads
const OLD = "old ";

crm_marketplace.TriggerConditions = class TriggerConditions {
	/**
	 * @param {jQuery} $parent
	 * @param {Function} fields resolves to the fields of a DocType
	 * @param {Function} changed called after each change
	 * @param {Function} known what is known of the document besides: field → value
	 */
	constructor({ $parent, fields, changed, known }) {
		this.$parent = $parent;
		this.get_fields = fields;
		this.changed = changed;
		this.known_besides = known || (() => ({}));
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

	/** What holds of every document it goes on with: field → value. */
	known() {
		const tests = (this.tree.all || []).filter((node) => node.field && !node.table && !node.of && node.op === "=");
		const own = tests.filter((node) => node.value && typeof node.value === "string");
		return { ...this.known_besides(), ...Object.fromEntries(own.map((node) => [node.field, node.value])) };
	}

	draw() {
		this.$parent.empty().append(this.group_element(this.tree, null, { fields: this.fields, own: true }));
	}

	redraw() {
		this.draw();
		this.changed();
	}

	/** @param {Object} scope whose fields are asked: `fields`, and whether they are the document's `own` */
	group_element(group, parent, scope, depth = 0) {
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
			$group.append(is_group ? this.group_element(node, nodes, scope, depth + 1) : this.test_element(node, nodes, scope));
		});
		if (!nodes.length && !parent && scope.own) {
			$group.append(crm_marketplace.empty(__("No conditions: it always goes on.")));
		}
		$group.append(this.add_buttons(nodes, kind, scope, depth));
		return $group;
	}

	add_buttons(nodes, kind, { fields, own }, depth) {
		const $buttons = $(`<div class="marketplace-buttons"></div>`);
		const add = (label, node) =>
			$(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.text(label)
				.on("click", () => {
					nodes.push(node());
					this.redraw();
				})
				.appendTo($buttons);
		if (fields.length) add(__("Add a condition"), () => this.new_test(fields));
		// A group of the same kind as the one around it would say nothing.
		const other = kind === "all" ? "any" : "all";
		if (fields.length && depth < DEEPEST) add(__("Add a group"), () => ({ [other]: [this.new_test(fields)] }));
		if (!own) return $buttons;
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

	new_test(fields) {
		return fresh_test(fields.find((field) => field.value === "status") || fields.find((field) => !field.rows));
	}

	new_rows() {
		const table = this.fields.find((field) => field.rows);
		return { table: table.value, how: "any", where: { all: [fresh_test(table.rows[0])] } };
	}

	test_element(node, nodes, { fields, own }) {
		const $row = $(`<div class="trigger-test"></div>`);
		const other = Object.keys(OTHERS).find((kind) => kind in node);
		if ("table" in node) this.rows_element($row, node);
		else if ("field" in node) this.field_element($row, node, fields, own);
		else if (other) OTHERS[other]($row, node, () => this.changed());
		else $row.append($("<code></code>").text(JSON.stringify(node)));
		return $row.append(this.remove_button(() => remove(nodes, node), __("Remove the condition")));
	}

	field_element($row, node, fields, own) {
		const [link, there] = node.field.split(".");
		const field = fields.find((one) => one.value === link) || { value: link, label: link, type: "Data" };
		this.field_select(fields, link)
			.on("change", (event) => {
				Object.assign(node, fresh_test(fields.find((one) => one.value === event.target.value)));
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
						const chosen = others.find((one) => one.value === event.target.value);
						Object.assign(node, fresh_test(chosen || field));
						if (chosen) node.field = `${link}.${chosen.value}`;
						delete node.of;
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
		const ops = VALUE_OPS[kind].map((op) => [op, op_label(op, kind)]);
		if (may_change && this.has_changes) {
			const changes = CHANGE_OPS.slice(0, kind === "number" || kind === "date" ? 5 : 3);
			ops.push(...changes.map((op) => [op, op_label(op, kind)]));
			ops.push(...VALUE_OPS[kind].map((op) => [OLD + op, __("before the change: {0}", [op_label(op, kind)])]));
		}
		crm_marketplace
			.select_element(ops, node.of === "old" ? OLD + node.op : node.op, __("Comparison"))
			.addClass("trigger-comparison")
			.on("change", (event) => {
				const chosen = event.target.value;
				node.op = chosen.replace(OLD, "");
				if (chosen.startsWith(OLD)) node.of = "old";
				else delete node.of;
				if (NO_VALUE.includes(node.op)) delete node.value;
				else if (["in", "not in", "between"].includes(node.op)) node.value = [].concat(node.value || []);
				else if (Array.isArray(node.value)) node.value = node.value[0] || "";
				else if (node.value === undefined) node.value = "";
				this.redraw();
			})
			.appendTo($row);
		if (!NO_VALUE.includes(node.op)) this.value_element($row, node, field, kind, may_change);
	}

	value_element($row, node, field, kind, own) {
		const set = (value) => {
			node.value = value;
			this.changed();
		};
		const options = Array.isArray(field.options) ? field.options.map((one) => [one.value, one.label]) : [];
		if (kind === "check") {
			if (![0, 1].includes(node.value)) node.value = cint(node.value === "" ? 1 : node.value); // what is shown counts
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
		const linked = field.type === "Link" && field.options;
		const narrowed = () =>
			own ? crm_marketplace.narrowed_names(field, this.fields, this.known(), this.get_fields) : {};
		if (linked && ["in", "not in"].includes(node.op)) {
			const names = (node.value = [].concat(node.value || []));
			crm_marketplace
				.names_element({ names, doctype: linked, label: __("Value"), set, narrowed })
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
		if (linked) crm_marketplace.suggest_names($input, linked, set, narrowed);
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
					if (!pruned(as_group(node.where))) node.where = { all: [fresh_test(table.rows[0])] };
				} else {
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
				const aggregate = !["any", "all"].includes(node.how);
				node.where = aggregate ? {} : { all: [fresh_test(chosen.rows[0])] };
				if (node.field) node.field = (chosen.rows.find((field) => NUMBERS.includes(field.type)) || chosen.rows[0]).value;
				this.redraw();
			})
			.appendTo($row);
		node.where = as_group(node.where);
		const $where = this.group_element(node.where, null, { fields: table.rows, own: false }, 1);
		if (["any", "all"].includes(node.how)) return $row.append($where.addClass("trigger-rows"));
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
		$where.prepend($(`<span class="small text-muted"></span>`).text(__("Only of rows where:")));
		$row.append($where.addClass("trigger-rows"));
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
	if (!("table" in node)) return node;
	const { where, ...rest } = node;
	const rows = where && Object.keys(where).length ? pruned(where) : null;
	if (!rows) return rest;
	return { ...rest, where: rows.all?.length === 1 ? rows.all[0] : rows };
}

/** A test of a field, before anything is said about it. */
function fresh_test(field) {
	return { field: field.value, op: "=", value: field.type === "Check" ? 1 : "" };
}

function remove(nodes, node) {
	nodes.splice(nodes.indexOf(node), 1);
}
