frappe.pages["deal-leaders"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Leaders"),
		single_column: true,
	});
	wrapper.leaders = new crm_marketplace.DealLeaders(page);
};

frappe.pages["deal-leaders"].on_page_show = function (wrapper) {
	wrapper.leaders.show();
};
