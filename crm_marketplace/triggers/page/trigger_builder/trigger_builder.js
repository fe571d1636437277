frappe.pages["trigger-builder"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Triggers"),
		single_column: true,
	});
	frappe.breadcrumbs.add("Triggers");
	wrapper.builder = new crm_marketplace.TriggerBuilder(page);
};

frappe.pages["trigger-builder"].on_page_show = function (wrapper) {
	wrapper.builder.show();
};
