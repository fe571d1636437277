// Names of documents under a text box, as they are typed: shown as people know them, kept as the database does.
frappe.provide("crm_marketplace");

/**
 * @param {jQuery} $input a document with a title is shown by it
 * @param {string} doctype
 * @param {Function} set called with the name of the chosen document
 * @param {Function} narrowed gives the filters of what is offered, or a promise of them
 */
crm_marketplace.suggest_names = function ($input, doctype, set, narrowed = () => ({})) {
	let found = [];
	const list = new Awesomplete($input.get(0), {
		minChars: 0,
		filter: () => true,
		sort: false,
		item: ({ value }) => name_element(found.find((row) => row.value === value.toString())).get(0),
		replace: ({ label }) => $input.val(label),
	});
	const ask = frappe.utils.debounce(async (text) => {
		const question = (list.question = {});
		const filters = await narrowed();
		const rows = await crm_marketplace.trigger_call("names", { doctype, text: text || "", filters });
		if (question !== list.question) return;
		found = rows || [];
		list.list = found.map(({ label, value }) => ({ label, value }));
	}, 250);
	$input.on("input focus", () => ask($input.val()));
	$input.on("awesomplete-selectcomplete", ({ originalEvent }) => set(originalEvent.text.value));
	show_title($input, doctype);
	return list;
};

/** Several documents as chips, and a box to add one more. The list is changed in place. */
crm_marketplace.names_element = function ({ names, doctype, label, set, narrowed }) {
	const $box = $(`<span class="trigger-people"></span>`);
	const change = () => {
		set(names);
		draw();
	};
	const add = (name) => {
		if (name && !names.includes(name)) names.push(name);
		change();
	};
	const draw = () => {
		$box.empty();
		names.forEach((name, index) => {
			const $chip = $(`<span class="trigger-chip"><span></span><button type="button" class="btn btn-xs"></button></span>`);
			const $text = $chip.find("span").text(name);
			title_of(doctype, name).then((title) => $text.text(title));
			$chip
				.find("button")
				.attr({ "aria-label": __("Remove"), title: __("Remove") })
				.html(frappe.utils.icon("close", "xs"))
				.on("click", () => {
					names.splice(index, 1);
					change();
				});
			$box.append($chip);
		});
		const $input = $(`<input type="text" class="form-control input-sm trigger-value">`)
			.attr({ "aria-label": label, placeholder: names.length ? __("one more") : "…" })
			.appendTo($box);
		crm_marketplace.suggest_names($input, doctype, add, narrowed);
		// What was typed counts too; a choice from the list has redrawn the box by then.
		$input.on("keydown", (event) => {
			if (event.key === "Enter" && $input.get(0).isConnected) add($input.val().trim());
		});
	};
	draw();
	return $box;
};

/**
 * Filters for what a link may lead to, by what is known of the document: stages of its pipeline, warehouses of its
 * company. Only by links both sides have under one name, and that what is offered cannot be without.
 *
 * @param {Object} field the link
 * @param {Array} fields of the document
 * @param {Object} known field → value
 * @param {Function} get_fields resolves to the fields of a DocType
 */
crm_marketplace.narrowed_names = async function (field, fields, known, get_fields) {
	const given = fields.filter((one) => one.type === "Link" && one !== field && known[one.value]);
	if (!given.length) return {};
	const there = await get_fields(field.options).catch(() => []);
	const shared = given.filter((one) =>
		there.some((other) => other.value === one.value && other.options === one.options && cint(other.required))
	);
	return Object.fromEntries(shared.map((one) => [one.value, known[one.value]]));
};

function name_element(row) {
	const $item = $(`<li role="option"><div></div></li>`);
	const $line = $item.find("div").append($("<strong></strong>").text(row.label));
	if (row.description && row.description !== row.label) {
		$line.append("<br>", $(`<span class="small"></span>`).text(row.description));
	}
	return $item;
}

async function show_title($input, doctype) {
	const name = $input.val();
	const title = await title_of(doctype, name);
	if (title !== name && $input.val() === name) $input.val(title);
}

async function title_of(doctype, name) {
	if ((frappe.boot.translated_doctypes || []).includes(doctype)) return __(name);
	if (!name || !(frappe.boot.link_title_doctypes || []).includes(doctype)) return name;
	return frappe.utils.get_link_title(doctype, name) || (await frappe.utils.fetch_link_title(doctype, name)) || name;
}
