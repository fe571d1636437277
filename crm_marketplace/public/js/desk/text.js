// Text, numbers and calls. What comes from outside is escaped here, in one place.
frappe.provide("crm_marketplace");

const API = "crm_marketplace.marketplace.api.";

Object.assign(crm_marketplace, {
	/** Text of any kind as HTML that shows it and does nothing else. */
	escape(value) {
		return frappe.utils.escape_html(cstr(value));
	},

	/** Call the server API; resolves to its answer. Errors are shown by Frappe. */
	call(method, args, freeze_message) {
		return frappe
			.call({
				method: API + method,
				args,
				freeze: Boolean(freeze_message),
				freeze_message,
			})
			.then((response) => response.message);
	},

	money(value, currency) {
		return crm_marketplace.escape(format_currency(value, currency));
	},

	number(value) {
		return crm_marketplace.escape(format_number(value, null, Number.isInteger(flt(value)) ? 0 : 2));
	},

	/** A moment kept in the site's zone, in the user's zone and format, without seconds. */
	datetime(value) {
		if (!value) return "";
		const shown = frappe.datetime.str_to_user(value);
		return crm_marketplace.escape(shown.replace(/(\d{1,2}:\d{2}):\d{2}/, "$1"));
	},

	/** The same without what everybody knows: "today 14:00", "23-11 09:00". The whole is in the tooltip. */
	short_datetime(value) {
		if (!value) return "";
		const then = frappe.datetime.convert_to_user_tz(value, false);
		const time = then.format("HH:mm");
		const days = then.clone().startOf("day").diff(moment().tz(frappe.boot.time_zone.user).startOf("day"), "days");
		const format = frappe.datetime.get_user_date_fmt().toUpperCase();
		const day_and_month = format.replace(/[^DM]*YYYY[^DM]*/, "");
		const day = { "-1": __("yesterday"), 0: __("today"), 1: __("tomorrow") }[days];
		const text = `${day || then.format(Math.abs(days) < 180 ? day_and_month : format)} ${time}`;
		return `<span title="${crm_marketplace.datetime(value)}">${crm_marketplace.escape(text)}</span>`;
	},

	/** "5 minutes ago", with the exact time in the tooltip. */
	since(value) {
		return value ? comment_when(value) : "";
	},

	/** Minutes from now to a moment kept in the site's zone; negative when it has passed. */
	minutes_until(value) {
		const zone = frappe.boot.time_zone && frappe.boot.time_zone.system;
		const moment_then = zone ? moment.tz(value, zone) : moment(value);
		return Math.round(moment_then.diff(moment()) / 60000);
	},

	/** `text` is HTML already. */
	pill(text, color) {
		return `<span class="indicator-pill no-indicator-dot ${color} ellipsis"><span class="ellipsis">${text}</span></span>`;
	},

	link(doctype, name, label) {
		if (!name) return "";
		const url = crm_marketplace.escape(frappe.utils.get_form_link(doctype, name));
		return `<a href="${url}">${crm_marketplace.escape(label || name)}</a>`;
	},

	link_if_readable(doctype, name) {
		return frappe.model.can_read(doctype) ? crm_marketplace.link(doctype, name) : crm_marketplace.escape(name);
	},

	/** Address of a list narrowed by simple equalities. */
	list_url(doctype, filters) {
		const slug = frappe.router.slug(doctype);
		return `/app/${slug}/view/list?${new URLSearchParams(filters).toString()}`;
	},

	list_link(doctype, filters, label) {
		const url = crm_marketplace.escape(crm_marketplace.list_url(doctype, filters));
		return `<a href="${url}">${crm_marketplace.escape(label)}</a>`;
	},

	/** A picture from a marketplace: loaded late, and without telling where we come from. */
	thumbnail(url, size = "small") {
		const css = `marketplace-thumbnail marketplace-thumbnail-${size}`;
		if (!/^(https?:)?\/\/|^\//.test(cstr(url))) {
			return `<span class="${css} marketplace-thumbnail-empty" aria-hidden="true">${frappe.utils.icon(
				"image",
				"sm"
			)}</span>`;
		}
		return `<img class="${css}" src="${crm_marketplace.escape(
			url
		)}" alt="" loading="lazy" referrerpolicy="no-referrer">`;
	},

	/** A sentence in place of an empty panel. */
	empty(text) {
		return `<p class="text-muted marketplace-empty">${crm_marketplace.escape(text)}</p>`;
	},

	/** Lines that stand for what is still loading. */
	loading() {
		return `<p class="text-muted marketplace-empty" aria-live="polite">${__("Loading")}…</p>`;
	},

	may_manage() {
		return frappe.model.can_write("Marketplace Shop");
	},

	may_operate() {
		return frappe.model.can_write("Marketplace Order");
	},
});
