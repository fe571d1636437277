// The stages of a deal across its form: passed, present, ahead. A press moves the deal.
frappe.provide("crm_marketplace.deals");

crm_marketplace.deals.show_stage_bar = async function (frm) {
	const $place = frm.get_field("stages_html").$wrapper;
	if (frm.is_new()) {
		$place.empty();
		return;
	}
	const name = frm.doc.name;
	const stages = await crm_marketplace.deals.call("deals.stage_bar", { deal: name });
	if (frm.doc.name !== name) return;
	const $bar = $(`<div class="deals-stage-bar" role="group" aria-label="${__("Stages")}"></div>`);
	const may_move = frm.perm[0] && frm.perm[0].write;
	for (const stage of stages) $bar.append(step_element(frm, stage, may_move));
	$place.empty().append($bar);
};

function step_element(frm, stage, may_move) {
	const escape = crm_marketplace.escape;
	const spent = stage.seconds ? crm_marketplace.deals.duration(stage.seconds) : "";
	const late = stage.days_over ? __("Longer than allowed by {0} d", [stage.days_over]) : "";
	const $step = $(`
		<button type="button" class="deals-stage-step deals-stage-${stage.state}" data-kind="${escape(stage.kind)}"
			data-stage="${escape(stage.name)}" ${stage.state === "present" ? 'aria-current="step"' : ""}
			${may_move ? "" : "disabled"} title="${escape([stage.title, spent, late].filter(Boolean).join(" · "))}">
			<span class="ellipsis">${escape(stage.title)}</span>
			<small class="${late ? "marketplace-overdue" : ""}">${spent}</small>
		</button>`);
	if (/^#[0-9a-f]{3,8}$/i.test(stage.color)) $step.css("--deals-color", stage.color);
	return $step.on("click", () => move(frm, stage));
}

async function move(frm, stage) {
	if (stage.state === "present") return;
	if (frm.is_dirty()) await frm.save();
	const answer = await crm_marketplace.deals.move(frm.doc.name, frm.doc.stage, stage.name, stage.title);
	if (answer) await frm.reload_doc();
}
