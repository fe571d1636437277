// Fields to fill in, and rows to add: field → value, a text with placeholders or a choice.
frappe.provide("crm_marketplace");

const NOT_FILLED = ["name", "owner", "creation", "modified"];

/**
 * Fields of a document and what they get. Drawn again on "trigger:redraw".
 *
 * @param {Array} entries of `field`, `label` and `value`; changed in place
 * @param {Function} target gives the DocType
 * @param {Function} fields resolves to the fields of a DocType
 * @param {Function} known what is known of the document besides: field → value
 * @param {Function} set called with the entries after each change
 */
crm_marketplace.trigger_map = function ({ entries, target, fields, known, set }) {
	const $box = $(`<div class="trigger-map"></div>`);
	const draw = async () => {
		const options = (await fields_of(target(), fields)).filter((one) => !one.rows);
		$box.empty();
		draw_lines($box, { entries, options, fields, known, changed: () => set(entries), draw });
	};
	draw();
	return $box.on("trigger:redraw", draw);
};

/** Rows of child tables: table → list of rows, each field → value. */
crm_marketplace.trigger_rows = function ({ value, target, fields, set }) {
	const $box = $(`<div class="trigger-map"></div>`);
	const rows = Object.entries(value || {}).flatMap(([table, lines]) =>
		lines.map((line) => ({ table, entries: Object.entries(line).map(([field, value]) => ({ field, value })) }))
	);
	const changed = () => set(as_tables(rows));
	const draw = async () => {
		const tables = (await fields_of(target(), fields)).filter((one) => one.rows);
		$box.empty();
		rows.forEach((row, index) => {
			const table = tables.find((one) => one.value === row.table) || { label: row.table, rows: [] };
			const $row = $(`<div class="trigger-group" role="group"><div class="trigger-group-head"><b></b></div></div>`);
			$row.find("b").text(table.label);
			$row.find(".trigger-group-head").append(
				remove_button(__("Remove the row"), () => {
					rows.splice(index, 1);
					changed();
					draw();
				})
			);
			draw_lines($row, { entries: row.entries, options: table.rows, fields, known: () => ({}), changed, draw });
			$box.append($row);
		});
		const options = tables.map((one) => [one.value, one.label]);
		crm_marketplace
			.select_element([["", __("Add a row of …")], ...options], "", __("Add a row of …"))
			.on("change", (event) => {
				rows.push({ table: event.target.value, entries: [{ field: "", value: "" }] });
				changed();
				draw();
			})
			.appendTo($box);
	};
	draw();
	return $box.on("trigger:redraw", draw);
};

async function fields_of(doctype, fields) {
	const found = doctype ? await fields(doctype).catch(() => []) : [];
	return found.filter((one) => !NOT_FILLED.includes(one.value));
}

function draw_lines($box, { entries, options, fields, known, changed, draw }) {
	entries.forEach((entry, index) => {
		const $line = $(`<div class="trigger-line"></div>`).appendTo($box);
		crm_marketplace
			.select_element([["", "…"], ...options.map((one) => [one.value, one.label])], entry.field, __("Field"))
			.on("change", (event) => {
				const field = options.find((one) => one.value === event.target.value);
				Object.assign(entry, { field: event.target.value, label: field && field.label });
				changed();
				draw();
			})
			.appendTo($line);
		const set = (value) => {
			entry.value = value;
			changed();
		};
		$line.append(value_element(entry, set, { entries, options, fields, known }));
		$line.append(
			remove_button(__("Remove"), () => {
				entries.splice(index, 1);
				changed();
				draw();
			})
		);
	});
	$(`<button type="button" class="btn btn-xs btn-default"></button>`)
		.text(__("Add a field"))
		.on("click", () => {
			entries.push({ field: "", value: "" });
			changed();
			draw();
		})
		.appendTo($box);
}

function value_element(entry, set, { entries, options, fields, known }) {
	const field = options.find((one) => one.value === entry.field);
	if (field && Array.isArray(field.options) && field.options.length) {
		const choices = field.options.map((one) => [one.value, one.label]);
		return crm_marketplace
			.select_element([["", "…"], ...choices], entry.value, __("Value"))
			.on("change", (event) => set(event.target.value));
	}
	const $slot = $(`<span class="trigger-slot"></span>`);
	const $input = $(`<input type="text" class="form-control input-sm">`)
		.attr("aria-label", __("Value"))
		.val(entry.value)
		.on("input", (event) => set(event.target.value))
		.appendTo($slot);
	if (field?.type === "Link" && field.options) {
		const said = () => entries.filter((one) => one.field && one.value && !cstr(one.value).includes("{"));
		const all = () => ({ ...known(), ...Object.fromEntries(said().map((one) => [one.field, one.value])) });
		crm_marketplace.suggest_names($input, field.options, set, () =>
			crm_marketplace.narrowed_names(field, options, all(), fields)
		);
	}
	return $slot;
}

function as_tables(rows) {
	const tables = {};
	for (const { table, entries } of rows) {
		const filled = entries.filter((one) => one.field).map((one) => [one.field, one.value]);
		if (filled.length) (tables[table] = tables[table] || []).push(Object.fromEntries(filled));
	}
	return Object.keys(tables).length ? tables : null;
}

function remove_button(label, take) {
	return $(`<button type="button" class="btn btn-xs"></button>`)
		.attr({ "aria-label": label, title: label })
		.html(frappe.utils.icon("close", "xs"))
		.on("click", take);
}
