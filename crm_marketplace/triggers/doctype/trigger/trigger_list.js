frappe.listview_settings["Trigger"] = {
	add_fields: ["enabled", "paused_reason"],
	get_indicator(doc) {
		if (doc.paused_reason) return [__("Paused"), "red", "paused_reason,is,set"];
		return doc.enabled ? [__("On"), "green", "enabled,=,1"] : [__("Off"), "gray", "enabled,=,0"];
	},
	get_form_link(doc) {
		return `/app/trigger-builder/${encodeURIComponent(doc.name)}`;
	},
	primary_action() {
		frappe.set_route("trigger-builder", "new");
	},
};
