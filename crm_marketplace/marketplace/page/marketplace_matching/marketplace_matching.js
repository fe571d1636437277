frappe.pages["marketplace-matching"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Unmatched Inbox"),
		single_column: true,
	});
	frappe.breadcrumbs.add("Marketplace");
	wrapper.inbox = new crm_marketplace.MatchingInbox(page);
};

frappe.pages["marketplace-matching"].on_page_show = function (wrapper) {
	wrapper.inbox.show();
};
