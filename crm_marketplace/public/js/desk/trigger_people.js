// Who an action is for: chips, and a line to add one more.
frappe.provide("crm_marketplace");

const PEOPLE_KINDS = () => [
	["user", __("User")],
	["role", __("Everybody with the role")],
	["address", __("E-mail address")],
	["field", __("Field of the document")],
	["owner", __("Who created it")],
	["assigned", __("Whom it is assigned to")],
	["responsible", __("Responsible person")],
	["supervisor", __("Supervisor of the responsible person")],
	["me", __("Owner of the trigger")],
];
const WITHOUT_VALUE = ["owner", "assigned", "responsible", "supervisor", "me"];

/**
 * @param {Object} settings of the action; its list of people is changed in place
 * @param {Object} ask of the kind "people", "users" or "phones"
 * @param {Array} fields of the document
 * @param {Function} set called with the list after each change
 */
crm_marketplace.trigger_people = function (settings, ask, fields, set) {
	const people = (settings[ask.name] = settings[ask.name] || []);
	const $box = $(`<div class="trigger-people"></div>`);
	// A task or a notice is for somebody who works here.
	const kinds = PEOPLE_KINDS().filter(([value]) => ask.kind !== "users" || value !== "address");
	const draw = () => {
		$box.empty();
		people.forEach((who, index) => {
			const kind = (kinds.find(([value]) => value === who.kind) || [who.kind, who.kind])[1];
			const field = fields.find((one) => one.value === who.value);
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
		$box.append(person_adder(kinds, ask, people, fields, set, draw));
	};
	draw();
	return $box;
}

function person_adder(kinds, ask, people, fields, set, draw) {
	const offered = ask.kind === "phones" ? kinds.map(([k, l]) => [k, k === "address" ? __("Phone number") : l]) : kinds;
	const $line = $(`<div class="trigger-line trigger-person"></div>`);
	const $kind = crm_marketplace.select_element(offered, ask.kind === "users" ? "user" : "address", __("Who")).appendTo($line);
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
			const options = fields.filter((one) => !one.rows).map((one) => [one.value, one.label]);
			crm_marketplace.select_element(options, "", __("Field")).appendTo($slot);
			return;
		}
		const $input = $(`<input type="text" class="form-control input-sm">`)
			.attr("aria-label", offered.find(([value]) => value === kind)[1])
			.on("keydown", (event) => event.key === "Enter" && add($input.val()))
			.appendTo($slot);
		// What was typed counts, also when nobody presses the button.
		if (kind === "address") $input.on("change", () => add($input.val()));
		if (kind === "user") crm_marketplace.suggest_names($input, "User", add);
		if (kind === "role") crm_marketplace.suggest_names($input, "Role", add);
	};
	$kind.on("change", show);
	show();
	$(`<button type="button" class="btn btn-xs btn-default"></button>`)
		.text(__("Add"))
		.on("click", () => add($slot.find("input, select").val()))
		.appendTo($line);
	return $line;
}
