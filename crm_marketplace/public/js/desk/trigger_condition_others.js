// Tests that ask about no field: who did it, when, and an expression. Each draws itself into its row.

export const OTHERS = { user: user_element, time: time_element, calendar: calendar_element, expression: expression_element };

function user_element($row, node, changed) {
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
			changed();
		})
		.appendTo($row);
	name_input($row, node, "value", "User", __("User"), changed);
}

function time_element($row, node, changed) {
	$row.append($("<span></span>").text(__("The time is between")));
	[0, 1].forEach((index) => {
		$(`<input type="time" class="form-control input-sm">`)
			.attr("aria-label", index ? __("Until") : __("From", null, "Trigger"))
			.val(node.time[index])
			.on("input", (event) => {
				node.time[index] = event.target.value;
				changed();
			})
			.appendTo($row);
	});
}

function calendar_element($row, node, changed) {
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
			changed();
		})
		.appendTo($row);
	name_input($row, node, "list", "Holiday List", __("Holiday List", null, "Trigger"), changed);
}

function expression_element($row, node, changed) {
	$(`<input type="text" class="form-control input-sm trigger-expression">`)
		.attr("aria-label", __("Expression"))
		.attr("placeholder", "doc.total > 2 * old.total")
		.val(node.expression)
		.on("input", (event) => {
			node.expression = event.target.value;
			changed();
		})
		.appendTo($row);
}

function name_input($row, node, key, doctype, label, changed) {
	const set = (value) => {
		node[key] = value;
		changed();
	};
	const $input = $(`<input type="text" class="form-control input-sm trigger-value">`)
		.attr("aria-label", label)
		.val(node[key])
		.on("input", (event) => set(event.target.value))
		.appendTo($row);
	crm_marketplace.suggest_names($input, doctype, set);
}
