crm_marketplace.show_as_text(
	"Marketplace Shop",
	"Marketplace Shop Warehouse",
	"Marketplace Shop Stream",
	"Marketplace Status Policy"
);

frappe.listview_settings["Marketplace Shop"] = {
	add_fields: ["enabled", "health", "connection_status"],
	hide_name_column: true,

	get_indicator(doc) {
		if (!doc.enabled) return [__("Off"), "gray", "enabled,=,0"];
		return crm_marketplace.indicator("Marketplace Shop", "health", doc.health || "Unknown");
	},

	onload(listview) {
		crm_marketplace.arrange_columns(listview, ["marketplace", "company", "connection_status", "health"]);
	},

	formatters: {
		connection_status: (value) => crm_marketplace.state_pill("Marketplace Shop", value),
		health: (value) => crm_marketplace.state_pill("Marketplace Shop", value),
	},
};
