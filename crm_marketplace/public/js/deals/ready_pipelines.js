// Ready pipelines: one click, and the board has its columns.
frappe.provide("crm_marketplace.deals");

/** The first day: an empty board offers what others begin with. */
crm_marketplace.deals.show_ready_pipelines = async function ($parent, done) {
	$parent.html(crm_marketplace.loading());
	const templates = await crm_marketplace.deals.call("pipelines.ready_pipelines");
	const $box = $(`
		<div class="deals-first-day">
			<h3>${__("How do you sell?")}</h3>
			<p class="text-muted">${__("Take a ready pipeline: every stage can be renamed, split or archived later.")}</p>
			<div class="deals-templates"></div>
			<p><a href="/app/deal-pipeline/new">${__("Or make your own")}</a></p>
		</div>`);
	for (const template of templates) $box.find(".deals-templates").append(template_element(template, done));
	$parent.empty().append($box);
};

/** The same in a dialog, for a second pipeline. */
crm_marketplace.deals.choose_pipeline = function (done) {
	const dialog = new frappe.ui.Dialog({ title: __("Add a ready pipeline"), size: "large" });
	crm_marketplace.deals.show_ready_pipelines($(dialog.body), (name) => {
		dialog.hide();
		done(name);
	});
	dialog.show();
};

function template_element(template, done) {
	const escape = crm_marketplace.escape;
	const stages = template.stages
		.map(
			(stage) =>
				`<span class="deals-template-stage"><i style="background:${escape(stage.color)}"></i>${escape(
					stage.title
				)}</span>`
		)
		.join("");
	const $element = $(`
		<button type="button" class="deals-template" data-key="${escape(template.key)}">
			<b>${escape(template.title)}</b>
			<span class="text-muted">${escape(template.description)}</span>
			<span class="deals-template-stages">${stages}</span>
		</button>`);
	return $element.on("click", async () => {
		$element.prop("disabled", true);
		try {
			done(await crm_marketplace.deals.call("pipelines.take_pipeline", { key: template.key }));
		} finally {
			$element.prop("disabled", false);
		}
	});
}
