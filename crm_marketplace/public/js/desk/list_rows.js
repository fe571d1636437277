// Columns, pictures and badges of our lists.
frappe.provide("crm_marketplace");

/**
 * Show these columns after title and indicator, in this order. Frappe alone shows as few as two on a laptop;
 * who chose columns in the List View Settings keeps them.
 */
crm_marketplace.arrange_columns = function (listview, fieldnames) {
	const chosen = listview.list_view_settings || {};
	if (chosen.fields || chosen.total_fields) return;
	const rank = ({ df }) => fieldnames.indexOf(df && df.fieldname);
	listview.$frappe_list.addClass("marketplace-list").attr("data-doctype", listview.doctype);
	listview.list_view_settings = { ...chosen, total_fields: 99, disable_comment_count: 1 };
	listview.setup_columns();
	const fixed = listview.columns.filter(({ type }) => type !== "Field");
	const fields = listview.columns.filter((column) => column.type === "Field" && rank(column) >= 0);
	listview.columns = [...fixed, ...fields.sort((one, other) => rank(one) - rank(other))];
	listview.render_header(true);
};

/**
 * Put something of our own into the first column of a list: `badge(doc)` after the title on a phone,
 * where other columns are hidden, and `picture(doc)` before it. Both give HTML.
 */
crm_marketplace.mark_rows = function (listview, badge, picture) {
	if (listview.view !== "List") return;
	for (const doc of listview.data) {
		const $subject = listview.$result.find(`.list-subject a[data-name="${CSS.escape(doc.name)}"]`).parent();
		if ($subject.find(".marketplace-mark").length) continue;
		if (picture) $subject.prepend($(picture(doc)).addClass("marketplace-mark"));
		const html = badge && badge(doc);
		if (html) $subject.append($(`<span class="marketplace-mark visible-xs"></span>`).html(html));
	}
};
