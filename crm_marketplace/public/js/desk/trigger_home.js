// The first page of the builder: one's own triggers, and ready ones to take.
frappe.provide("crm_marketplace");

crm_marketplace.TriggerHome = class TriggerHome {
	constructor({ page, $parent }) {
		this.page = page;
		this.$parent = $parent.hide();
	}

	hide() {
		this.$parent.hide();
	}

	async show(catalogue) {
		this.catalogue = catalogue;
		this.page.set_title(__("Triggers"));
		this.page.clear_menu();
		if (catalogue.may_write) {
			this.page.set_primary_action(__("New Trigger"), () => frappe.set_route("trigger-builder", "new"), "add");
			this.page.add_menu_item(__("Import"), () => this.import_triggers());
		}
		this.page.add_menu_item(__("Export All"), () => this.export_triggers(this.rows.map((row) => row.name)));
		this.page.add_menu_item(__("Log of Firings"), () => frappe.set_route("List", "Trigger Log"));
		this.$parent.show().html(crm_marketplace.loading());
		const [rows, ready] = await Promise.all([
			crm_marketplace.trigger_call("triggers"),
			crm_marketplace.trigger_call("ready"),
		]);
		this.rows = rows;
		this.draw(rows, ready);
	}

	draw(rows, ready) {
		this.$parent.html(`
			<section><h4>${__("Your triggers")}</h4><div data-part="mine"></div></section>
			<section><h4>${__("Ready to take")}</h4>
				<p class="text-muted">${__("Taken ones are off until you have looked at them and switched them on.")}</p>
				<input type="search" class="form-control trigger-search" placeholder="${__("Search")}" aria-label="${__("Search")}">
				<div data-part="ready"></div></section>`);
		const $mine = this.$parent.find("[data-part=mine]");
		if (!rows.length) $mine.html(crm_marketplace.empty(__("None yet. Take a ready one below, or make your own.")));
		for (const row of rows) $mine.append(this.row_element(row));
		this.draw_ready(ready);
		this.$parent.find(".trigger-search").on("input", (event) => this.draw_ready(ready, event.target.value));
	}

	row_element(row) {
		const state = row.paused_reason
			? crm_marketplace.pill(__("Paused"), "red")
			: crm_marketplace.pill(row.enabled ? __("On") : __("Off"), row.enabled ? "green" : "gray");
		const last = row.last
			? `${crm_marketplace.trigger_status_pill(row.last.status)} <span class="text-muted small">${crm_marketplace.since(
					row.last.creation
			  )}</span>`
			: `<span class="text-muted small">${__("has not fired yet")}</span>`;
		const $row = $(`<div class="trigger-row">
			<div class="trigger-row-text"><a href="/app/trigger-builder/${encodeURIComponent(row.name)}"></a>
			<div class="text-muted small">${crm_marketplace.trigger_sentence(row.sentence)}</div></div>
			<div class="trigger-row-state">${state}<div>${last}</div></div></div>`);
		$row.find("a").text(row.title);
		return $row;
	}

	draw_ready(ready, search = "") {
		const $ready = this.$parent.find("[data-part=ready]").empty();
		const wanted = search.trim().toLowerCase();
		const fits = (entry) => `${entry.title} ${entry.description} ${entry.group}`.toLowerCase().includes(wanted);
		const shown = ready.filter(fits);
		if (!shown.length) $ready.html(crm_marketplace.empty(__("Nothing fits. Make your own.")));
		for (const group of [...new Set(shown.map((entry) => entry.group))]) {
			$(`<h5></h5>`).text(group).appendTo($ready);
			const $cards = $(`<div class="trigger-cards"></div>`).appendTo($ready);
			for (const entry of shown.filter((one) => one.group === group)) $cards.append(this.ready_element(entry));
		}
	}

	ready_element(entry) {
		const $card = $(`<div class="trigger-ready"><b></b><p class="text-muted small"></p></div>`).attr("data-key", entry.key);
		$card.find("b").text(entry.title);
		$card.find("p").text(entry.description);
		if (entry.taken) $card.append(crm_marketplace.pill(__("Taken"), "blue"));
		if (this.catalogue.may_write) {
			$(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.text(entry.taken ? __("Take once more") : __("Take it"))
				.on("click", () =>
					crm_marketplace
						.trigger_call("take", { key: entry.key }, __("Making it…"))
						.then(({ name }) => frappe.set_route("trigger-builder", name))
				)
				.appendTo($card);
		}
		return $card;
	}

	export_triggers(names) {
		if (!names.length) return;
		crm_marketplace.trigger_call("export_triggers", { names }).then((text) => {
			const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
			const $link = $("<a></a>").attr({ href: url, download: "triggers.json" });
			$link.get(0).click();
			URL.revokeObjectURL(url);
		});
	}

	import_triggers() {
		const $file = $(`<input type="file" accept="application/json,.json">`);
		$file.on("change", async () => {
			const [file] = $file.get(0).files;
			if (!file) return;
			const names = await crm_marketplace.trigger_call("import_triggers", { text: await file.text() }, __("Making them…"));
			frappe.show_alert({ message: __("Triggers made, all of them off: {0}", [names.length]), indicator: "green" });
			this.show(this.catalogue);
		});
		$file.get(0).click();
	}
};
