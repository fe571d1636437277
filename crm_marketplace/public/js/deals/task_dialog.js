// A task in one line: what, to whom and when are read from it while it is typed.
frappe.provide("crm_marketplace.deals");

const READ_DELAY = 200;

/** @param {function} done called once the task is made */
crm_marketplace.deals.task_dialog = function (doctype, name, done) {
	const dialog = new frappe.ui.Dialog({
		title: __("New task"),
		fields: [
			{
				fieldname: "line",
				fieldtype: "Data",
				label: __("What and when"),
				reqd: 1,
				description: __("For example: call Ivan tomorrow 15:00"),
			},
			{ fieldname: "read", fieldtype: "HTML" },
			{ fieldtype: "Section Break", label: __("More"), collapsible: 1 },
			{ fieldname: "due_at", fieldtype: "Datetime", label: __("Due At") },
			{
				fieldname: "kind",
				fieldtype: "Select",
				label: __("Kind"),
				options: [
					{ value: "", label: "" },
					...["Call", "Meeting", "Letter", "Other"].map((value) => ({
						value,
						label: crm_marketplace.deals.kind_label(value),
					})),
				],
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "user", fieldtype: "Link", options: "User", label: __("Who does it") },
			{
				fieldname: "repeat_every",
				fieldtype: "Select",
				label: __("Repeat Every"),
				options: [
					{ value: "", label: "" },
					{ value: "Day", label: __("Day") },
					{ value: "Weekday", label: __("Weekday") },
					{ value: "Week", label: __("Week") },
					{ value: "Month", label: __("Month") },
				],
			},
			{ fieldname: "unless_open", fieldtype: "Check", label: __("Not if one is open") },
		],
		primary_action_label: __("Add"),
		async primary_action(values) {
			dialog.disable_primary_action();
			try {
				const task = await crm_marketplace.deals.call("tasks.add_task", { doctype, name, ...values });
				dialog.hide();
				const message = task.name
					? __("Task added: {0}", [crm_marketplace.escape(task.subject)])
					: __("There is an open task of this kind already.");
				frappe.show_alert({ message, indicator: task.name ? "green" : "orange" });
				done(task);
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	const read = frappe.utils.debounce(() => show_read(dialog), READ_DELAY);
	dialog.fields_dict.line.$input.on("input", read);
	dialog.show();
};

/** Say what the line will make, before it is made. */
async function show_read(dialog) {
	const line = dialog.fields_dict.line.$input.val();
	const $read = dialog.fields_dict.read.$wrapper;
	if (!line.trim()) {
		$read.empty();
		return;
	}
	const draft = await crm_marketplace.deals.call("tasks.read_task", { line });
	if (dialog.fields_dict.line.$input.val() !== line) return;
	$read.html(`
		<p class="deals-read" aria-live="polite">
			${crm_marketplace.deals.kind_icon(draft.kind)} ${crm_marketplace.deals.kind_label(draft.kind)} ·
			<b>${crm_marketplace.short_datetime(draft.due_at)}</b> · ${crm_marketplace.escape(draft.subject)}
		</p>`);
}
