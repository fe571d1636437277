// A row of ready-made filters above a list, each with its count. Filters on other fields (the shop, a date)
// stay as the user set them, and count.
frappe.provide("crm_marketplace");

class QuickFilters {
	/**
	 * @param {frappe.views.ListView} listview
	 * @param {{key: string, label: string, color: string, filters: () => Array}[]} presets
	 *   filters: [[fieldname, operator, value], …]; a function, because some depend on the hour
	 */
	constructor(listview, presets) {
		this.listview = listview;
		this.presets = [{ key: "all", label: __("All"), filters: () => [] }, ...presets];
		this.fields = new Set(presets.flatMap((preset) => preset.filters().map(([field]) => field)));
		this.make();
	}

	make() {
		this.$row = $(`<div class="marketplace-quick-filters" role="toolbar"></div>`).attr(
			"aria-label",
			__("Quick filters")
		);
		for (const preset of this.presets) {
			const $button = $(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.attr({ "data-key": preset.key, "aria-pressed": "false" })
				.text(preset.label)
				.on("click", () => this.apply(preset));
			if (preset.color) $button.prepend($(`<span class="indicator ${preset.color}"></span>`));
			$(`<span class="marketplace-count"></span>`).appendTo($button);
			this.$row.append($button);
		}
		this.listview.$frappe_list.before(this.$row);
	}

	refresh() {
		this.mark_current();
		this.count();
	}

	apply(preset) {
		const doctype = this.listview.doctype;
		const filters = [...this.others(), ...preset.filters()].map((filter) => [doctype, ...filter]);
		const area = this.listview.filter_area;
		return area
			.clear(false)
			.then(() => area.set(filters))
			.then(() => {
				this.listview.start = 0;
				return this.listview.refresh();
			});
	}

	mark_current() {
		const current = signature(this.current().filter(([field]) => this.fields.has(field)));
		for (const preset of this.presets) {
			const pressed = signature(preset.filters()) === current;
			this.button(preset.key).attr("aria-pressed", String(pressed)).toggleClass("active", pressed);
		}
	}

	count() {
		const filters = {};
		for (const preset of this.presets) {
			if (preset.color) filters[preset.key] = [...this.others(), ...preset.filters()];
		}
		frappe
			.xcall("crm_marketplace.marketplace.cards.counts", { doctype: this.listview.doctype, filters })
			.then((counts) => {
				for (const [key, count] of Object.entries(counts)) {
					this.button(key)
						.find(".marketplace-count")
						.text(count ? format_number(count, null, 0) : "");
				}
			});
	}

	/** What the list is filtered by now: [[fieldname, operator, value], …]. */
	current() {
		return this.listview.filter_area.get().map((filter) => filter.slice(1, 4));
	}

	others() {
		return this.current().filter(([field]) => !this.fields.has(field));
	}

	button(key) {
		return this.$row.find(`[data-key="${key}"]`);
	}
}

/** Two filter sets are the same when fields and operators are; moments of time in them differ by the second. */
function signature(filters) {
	const is_moment = (value) => /^\d{4}-\d\d-\d\d \d\d:/.test(cstr(value));
	return JSON.stringify(
		filters
			.map(([field, operator, value]) => [field, operator, is_moment(value) ? "" : cstr(value)])
			.sort()
	);
}

crm_marketplace.QuickFilters = QuickFilters;
