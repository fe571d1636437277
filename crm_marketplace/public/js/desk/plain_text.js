// Text that came from a marketplace is text. Frappe's own views (forms, grids, reports) put values of Data
// and Text fields into the page as HTML; for our DocTypes they go through these formatters first. Options of
// Select fields are translated in the context of their DocType: "Pending" means other things elsewhere.
frappe.provide("crm_marketplace");

const TEXT_FIELDS = ["Data", "Small Text", "Text", "Long Text"];

Object.assign(crm_marketplace, {
	/** To be called once the meta is there: from the list script of a DocType, for it and its tables. */
	show_as_text(...doctypes) {
		for (const doctype of doctypes) {
			for (const df of Object.values(frappe.meta.docfield_map[doctype] || {})) {
				if (TEXT_FIELDS.includes(df.fieldtype)) df.formatter = crm_marketplace.as_text;
				if (df.fieldtype === "Select") df.formatter = option_in(doctype);
				if (df.options === "URL") df.formatter = crm_marketplace.outside_link;
				if (df.options === "Marketplace Listing") df.formatter = listing_link;
			}
		}
	},

	/** Some of Frappe's controls have escaped the value already: never twice. */
	as_text(value) {
		return crm_marketplace.escape(unescaped(value)).replace(/\n/g, "<br>");
	},

	outside_link(value) {
		const address = crm_marketplace.as_text(value);
		return /^https?:\/\//.test(address)
			? `<a href="${address}" target="_blank" rel="noopener noreferrer">${address}</a>`
			: address;
	},
});

function option_in(doctype) {
	return (value) => (value ? crm_marketplace.escape(__(value, null, doctype)) : "");
}

function listing_link(name) {
	return crm_marketplace.link(
		"Marketplace Listing",
		name,
		frappe.utils.get_link_title("Marketplace Listing", name)
	);
}

function unescaped(value) {
	return value ? frappe.utils.unescape_html(value) : "";
}
