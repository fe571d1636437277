// Tasks as rows: done, moved, opened. On the day's page and on the form of a deal.
frappe.provide("crm_marketplace.deals");

/**
 * @param {object[]} tasks as the server gives them
 * @param {function} changed called after a task was done or moved
 */
crm_marketplace.deals.task_rows = function (tasks, changed) {
	const $list = $(`<div class="deals-tasks" role="list"></div>`);
	for (const task of tasks) $list.append(row_element(task, changed));
	return $list;
};

function row_element(task, changed) {
	const escape = crm_marketplace.escape;
	const link =
		task.doctype && task.docname
			? `<a href="${escape(frappe.utils.get_form_link(task.doctype, task.docname))}" class="ellipsis">${escape(
					task.title || task.docname
			  )}</a>`
			: "";
	const person = task.user && task.user !== frappe.session.user ? crm_marketplace.deals.avatar(task.user) : "";
	const $row = $(`
		<div class="deals-task deals-${task.urgency}" role="listitem" data-task="${escape(task.name)}">
			<button type="button" class="deals-check" data-action="done" aria-label="${__("Done")}: ${escape(task.subject)}"
				title="${__("Done")}"></button>
			<span class="deals-kind" title="${crm_marketplace.deals.kind_label(task.kind)}">${crm_marketplace.deals.kind_icon(
		task.kind
	)}</span>
			<span class="deals-task-text">
				<span>${task.priority === "High" ? "<b>!</b> " : ""}${escape(task.subject)}</span>
				${link}
			</span>
			${person}
			<span class="deals-when">${task.due_at ? crm_marketplace.short_datetime(task.due_at) : ""}</span>
			<span class="marketplace-buttons">
				${move_button("tomorrow 10:00", __("Tomorrow"))}
				${move_button("in 1 week", __("In a week"))}
				<button type="button" class="btn btn-xs btn-default" data-action="other">…</button>
			</span>
		</div>`);
	$row.on("click", "[data-action=done]", () => finish(task, changed));
	$row.on("click", "[data-move]", (event) => move(task, event.currentTarget.dataset.move, changed));
	$row.on("click", "[data-action=other]", () =>
		frappe.prompt(
			{ fieldname: "due_at", fieldtype: "Datetime", label: __("Due At"), reqd: 1, default: task.due_at },
			({ due_at }) => move(task, due_at, changed),
			__("Move the task"),
			__("Move")
		)
	);
	return $row;
}

function move_button(line, label) {
	return `<button type="button" class="btn btn-xs btn-default" data-move="${line}">${label}</button>`;
}

async function move(task, due_at, changed) {
	await crm_marketplace.deals.call("tasks.move_task", { task: task.name, due_at });
	changed();
}

/** Done; a deal that is left with nothing to do asks for its next step at once. */
async function finish(task, changed) {
	const answer = await crm_marketplace.deals.call("tasks.finish_task", { task: task.name });
	changed();
	frappe.show_alert({ message: __("Done: {0}", [crm_marketplace.escape(task.subject)]), indicator: "green" });
	if (answer.deal_without_step) crm_marketplace.deals.task_dialog("Deal", answer.deal_without_step, changed);
}

/** The open tasks of a deal on its form, with a line to add another. */
crm_marketplace.deals.show_tasks = async function (frm) {
	const $place = frm.get_field("tasks_html").$wrapper;
	if (frm.is_new()) {
		$place.html(crm_marketplace.empty(__("Save the deal, then say what is next.")));
		return;
	}
	const name = frm.doc.name;
	const tasks = await crm_marketplace.deals.call("tasks.tasks_of", { doctype: "Deal", name });
	if (frm.doc.name !== name) return;
	const changed = () => frm.reload_doc();
	$place.empty();
	if (!tasks.length) {
		const closed = ["Won", "Lost"].includes(frm.doc.stage_kind);
		const sentence = closed ? __("No open tasks.") : __("This deal has no next step.");
		$place.append($(`<p class="marketplace-empty"></p>`).text(sentence).toggleClass("marketplace-soon", !closed));
	}
	$place.append(crm_marketplace.deals.task_rows(tasks, changed));
	if (frm.perm[0].write) {
		$place.append(
			crm_marketplace.deals.task_line(async (line) => {
				await crm_marketplace.deals.call("tasks.add_task", { doctype: "Deal", name, line });
				changed();
			})
		);
	}
};

/** One line that becomes a task with Enter. */
crm_marketplace.deals.task_line = function (add) {
	const $form = $(`
		<form class="deals-task-line">
			<input class="form-control input-sm" maxlength="500" autocomplete="off"
				placeholder="${__("Next step: call tomorrow 15:00")}" aria-label="${__("New task")}">
			<button type="submit" class="btn btn-default btn-sm">${__("Add")}</button>
		</form>`);
	const $input = $form.find("input");
	$form.on("submit", async (event) => {
		event.preventDefault();
		const line = $input.val().trim();
		if (!line || $form.data("busy")) return;
		$form.data("busy", true);
		try {
			await add(line);
			$input.val("");
		} finally {
			$form.data("busy", false);
		}
	});
	// A form's own shortcuts must not take the letters typed here.
	$input.on("keydown", (event) => event.stopPropagation());
	return $form;
};
