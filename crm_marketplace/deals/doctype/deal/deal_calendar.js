frappe.views.calendar["Deal"] = {
	field_map: { start: "next_step_on", end: "next_step_on", id: "name", title: "title", allDay: "allDay" },
	gantt: false,
	get_events_method: "crm_marketplace.deals.api.deals.calendar_events",
	options: {
		allDaySlot: false,
		eventDurationEditable: false,
		/** What is moved is the task; the hour the deal shows follows it. The calendar has the user's hours. */
		async eventDrop(event, _delta, put_back) {
			const hour = event.start.clone().locale("en").format("YYYY-MM-DD HH:mm:ss");
			try {
				await crm_marketplace.deals.call("tasks.move_next_step", {
					deal: event.name,
					due_at: frappe.datetime.convert_to_system_tz(hour),
				});
			} catch (_error) {
				put_back(); // Frappe has said why
			}
		},
	},
};
