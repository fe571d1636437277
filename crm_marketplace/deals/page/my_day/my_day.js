frappe.pages["my-day"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("My Day"),
		single_column: true,
	});
	wrapper.day = new crm_marketplace.MyDay(page);
};

frappe.pages["my-day"].on_page_show = function (wrapper) {
	wrapper.day.load();
};
