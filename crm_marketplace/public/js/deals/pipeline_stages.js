// The stages of a pipeline on its form: order by dragging, rename in place, split, archive.
frappe.provide("crm_marketplace.deals");

crm_marketplace.deals.PipelineStages = class PipelineStages {
	constructor(frm) {
		this.frm = frm;
		this.$place = frm.get_field("stages_html").$wrapper;
		this.on_moved = () => {
			frappe.realtime.off("deals_moved", this.on_moved);
			this.show();
		};
	}

	async show() {
		if (this.frm.is_new()) {
			this.$place.html(crm_marketplace.empty(__("Save the pipeline, then add its stages.")));
			return;
		}
		const name = this.frm.doc.name;
		const answer = await crm_marketplace.deals.call("pipelines.pipeline_stages", { pipeline: name });
		if (this.frm.doc.name === name) this.draw(answer);
	}

	draw({ stages, problems }) {
		this.stages = stages;
		this.may_write = this.frm.perm[0] && this.frm.perm[0].write;
		this.$place.empty();
		for (const sentence of problems) {
			this.$place.append(
				$(`<div class="marketplace-banner marketplace-banner-orange"></div>`).append($("<div>").text(sentence))
			);
		}
		this.$list = $(`<div class="deals-stage-list" role="list"></div>`).appendTo(this.$place);
		for (const stage of stages) this.$list.append(this.row(stage));
		if (!this.may_write) return;
		const $add = $(`<button type="button" class="btn btn-default btn-xs"></button>`)
			.text(__("Add a stage"))
			.on("click", () => this.add());
		this.$place.append($add);
		Sortable.create(this.$list.get(0), {
			handle: ".deals-handle",
			animation: 120,
			onEnd: () => this.save_order(),
		});
	}

	row(stage) {
		const escape = crm_marketplace.escape;
		const facts = [
			stage.kind === "Open" ? "" : __(stage.kind, null, "Deal Stage"),
			stage.kind === "Open" ? __("{0} %", [stage.probability]) : "",
			stage.days_allowed ? __("{0} d allowed", [stage.days_allowed]) : "",
			stage.required.length ? __("asks for: {0}", [stage.required.map(escape).join(", ")]) : "",
			__("deals: {0}", [stage.deals]),
			stage.archived ? __("archived") : "",
		].filter(Boolean);
		const url = frappe.utils.get_form_link("Deal Stage", stage.name);
		const $row = $(`
			<div class="deals-stage-row ${stage.archived ? "deals-archived" : ""}" role="listitem"
				data-stage="${escape(stage.name)}">
				${this.may_write ? `<span class="deals-handle" aria-hidden="true">${frappe.utils.icon("drag", "sm")}</span>` : ""}
				<i class="deals-color"></i>
				<a href="${escape(url)}">${escape(stage.stage_name)}</a>
				<span class="text-muted small">${facts.join(" · ")}</span>
				<span class="marketplace-buttons">${this.may_write ? buttons(stage) : ""}</span>
			</div>`);
		if (/^#[0-9a-f]{3,8}$/i.test(stage.color || "")) $row.find(".deals-color").css("background", stage.color);
		$row.on("click", "[data-action]", (event) => this[event.currentTarget.dataset.action](stage));
		$row.on("keydown", "[data-action=rename]", (event) => this.on_key(event, stage));
		return $row;
	}

	/** Alt with an arrow moves a stage, for who does not drag. */
	on_key(event, stage) {
		const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
		if (!event.altKey || !by) return;
		event.preventDefault();
		const $row = this.$list.find(`[data-stage="${CSS.escape(stage.name)}"]`);
		if (by < 0) $row.prev().before($row);
		else $row.next().after($row);
		this.save_order();
	}

	async save_order() {
		const names = this.$list
			.children()
			.map((_index, row) => row.dataset.stage)
			.get();
		this.draw(
			await crm_marketplace.deals.call("pipelines.order_stages", { pipeline: this.frm.doc.name, names })
		);
	}

	add() {
		this.ask_title(__("Add a stage"), "", async ({ title, kind }) =>
			this.draw(
				await crm_marketplace.deals.call("pipelines.add_stage", { pipeline: this.frm.doc.name, title, kind })
			)
		);
	}

	split(stage) {
		this.ask_title(__("Split “{0}”: name of the second half", [crm_marketplace.escape(stage.stage_name)]), "", async ({ title }) =>
			this.draw(
				await crm_marketplace.deals.call("pipelines.add_stage", {
					pipeline: this.frm.doc.name,
					title,
					kind: stage.kind,
					after: stage.name,
				})
			)
		, false);
	}

	rename(stage) {
		this.ask_title(__("Rename the stage"), stage.stage_name, async ({ title }) => {
			await frappe.db.set_value("Deal Stage", stage.name, "stage_name", title);
			await this.show();
		}, false);
	}

	ask_title(heading, title, done, with_kind = true) {
		const fields = [
			{ fieldname: "title", fieldtype: "Data", label: __("Stage"), reqd: 1, default: title },
		];
		if (with_kind) {
			fields.push({
				fieldname: "kind",
				fieldtype: "Select",
				label: __("Kind"),
				default: "Open",
				options: [
					{ value: "Open", label: __("Open", null, "Deal Stage") },
					{ value: "Won", label: __("Won", null, "Deal Stage") },
					{ value: "Lost", label: __("Lost", null, "Deal Stage") },
					{ value: "On Hold", label: __("On Hold", null, "Deal Stage") },
				],
			});
		}
		frappe.prompt(fields, done, heading, __("Save"));
	}

	archive(stage) {
		const archive = async (to_stage) => {
			const answer = await crm_marketplace.deals.call("pipelines.archive_stage", { stage: stage.name, to_stage });
			this.draw(answer);
			if (!answer.moving) return;
			frappe.show_alert({ message: __("{0} deals are moved in the background.", [answer.moving]), indicator: "blue" });
			frappe.realtime.on("deals_moved", this.on_moved);
		};
		if (stage.archived || !stage.deals) return archive();
		const others = this.stages.filter((one) => one.name !== stage.name && !one.archived);
		frappe.prompt(
			[
				{
					fieldname: "to_stage",
					fieldtype: "Select",
					label: __("Move its {0} deals to", [stage.deals]),
					options: [
						{ value: "", label: __("Leave them where they are") },
						...others.map((one) => ({ value: one.name, label: crm_marketplace.escape(one.stage_name) })),
					],
				},
			],
			({ to_stage }) => archive(to_stage),
			__("Archive “{0}”", [crm_marketplace.escape(stage.stage_name)]),
			__("Archive")
		);
	}
};

function buttons(stage) {
	const button = (action, label) =>
		`<button type="button" class="btn btn-xs btn-default" data-action="${action}">${label}</button>`;
	return [
		button("rename", __("Rename")),
		stage.archived ? "" : button("split", __("Split")),
		button("archive", stage.archived ? __("Use again") : __("Archive")),
	].join("");
}
