crm_marketplace.show_as_text("Marketplace Sync Log", "Marketplace Sync Log Error");

frappe.listview_settings["Marketplace Sync Log"] = {
	add_fields: ["status", "ended_at", "seconds"],
	hide_name_column: true,
	hide_name_filter: true,

	get_indicator(doc) {
		return crm_marketplace.indicator("Marketplace Sync Log", "status", doc.status);
	},

	formatters: {
		stream: (value) => crm_marketplace.escape(crm_marketplace.stream_label(value)),
		started_at: (value) => crm_marketplace.short_datetime(value),
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, [
			"shop",
			"started_by",
			"started_at",
			"fetched",
			"created_count",
			"held",
			"failed",
		]);
		listview.marketplace_filters = new crm_marketplace.QuickFilters(listview, [
			{
				key: "running",
				label: __("Running", null, "Marketplace Sync Log"),
				color: "blue",
				filters: () => [["status", "=", "Running"]],
			},
			{
				key: "partial",
				label: __("Partial", null, "Marketplace Sync Log"),
				color: "orange",
				filters: () => [["status", "=", "Partial"]],
			},
			{
				key: "failed",
				label: __("Failed", null, "Marketplace Sync Log"),
				color: "red",
				filters: () => [["status", "=", "Failed"]],
			},
		]);
	},

	refresh(listview) {
		listview.marketplace_filters?.refresh();
	},
};
