crm_marketplace.show_as_text("Marketplace Stream");

frappe.listview_settings["Marketplace Stream"] = {
	add_fields: ["enabled", "silent_since", "failures"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		if (!doc.enabled) return [__("Off"), "gray", "enabled,=,0"];
		if (doc.silent_since) return [__("Silent"), "red", "silent_since,is,set"];
		if (doc.failures) return [__("Failing"), "orange", "failures,>,0"];
		return [__("On time"), "green", "enabled,=,1|failures,=,0"];
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["shop", "interval_minutes", "last_success_at", "next_run_at"]);
	},

	formatters: {
		stream: (value) => crm_marketplace.escape(crm_marketplace.stream_label(value)),
		next_run_at: (value) => crm_marketplace.short_datetime(value),
		last_success_at: (value) => crm_marketplace.since(value),
	},
};
