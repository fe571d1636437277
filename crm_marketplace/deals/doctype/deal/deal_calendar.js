frappe.views.calendar["Deal"] = {
	field_map: { start: "next_step_on", end: "next_step_on", id: "name", title: "title", allDay: "allDay" },
	gantt: false,
	get_events_method: "crm_marketplace.deals.api.deals.calendar_events",
};
