frappe.pages["deals"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Deals"),
		single_column: true,
	});
	wrapper.board = new crm_marketplace.DealBoard(page);
};

frappe.pages["deals"].on_page_show = function (wrapper) {
	wrapper.board.show();
};
