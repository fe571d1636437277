// What the screens of Deals share: calls, small pieces of HTML, the dialog for what a stage asks.
frappe.provide("crm_marketplace.deals");

const API = "crm_marketplace.deals.api.";
const KIND_ICONS = { Call: "call", Meeting: "users", Letter: "mail", Other: "check" };

Object.assign(crm_marketplace.deals, {
	/** Call the server; resolves to its answer. Errors are shown by Frappe. */
	call(method, args, options = {}) {
		return frappe.call({ method: API + method, args, ...options }).then((response) => response.message);
	},

	/** Money without kopecks: boards and charts are read at a glance. */
	money(value, currency) {
		return crm_marketplace.escape(format_currency(flt(value), currency, 0));
	},

	/** "2 d": how long something lasts, in the largest unit that fits. */
	duration(seconds) {
		const days = Math.floor(seconds / 86400);
		if (days) return __("{0} d", [days]);
		const hours = Math.floor(seconds / 3600);
		if (hours) return __("{0} h", [hours]);
		return __("{0} min", [Math.max(1, Math.floor(seconds / 60))]);
	},

	kind_label(kind) {
		return (
			{ Call: __("Call"), Meeting: __("Meeting"), Letter: __("Letter"), Other: __("Task") }[kind] || __("Task")
		);
	},

	kind_icon(kind) {
		return frappe.utils.icon(KIND_ICONS[kind] || "check", "xs");
	},

	/** A picture of a person, or the letters of the name. */
	avatar(user, users = {}) {
		if (!user) return "";
		const known = users[user] || {};
		const name = known.name || frappe.user.full_name(user);
		const picture = known.image
			? `<img src="${crm_marketplace.escape(known.image)}" alt="">`
			: crm_marketplace.escape(frappe.get_abbr(name));
		return `<span class="deals-avatar" title="${crm_marketplace.escape(name)}">${picture}</span>`;
	},

	/**
	 * Ask for fields a stage requires; resolves to the values, or to null when the person thinks better of it.
	 * @param {string} title of the stage
	 * @param {object[]} fields as dialogs take them
	 */
	ask(title, fields) {
		return new Promise((resolve) => {
			let answer = null;
			const dialog = new frappe.ui.Dialog({
				// The desk shows titles of dialogs, and labels of options, as HTML.
				title: __("To go to “{0}”, fill in:", [crm_marketplace.escape(title)]),
				fields: fields.map((field) => prepared(field, () => dialog)),
				primary_action_label: __("Go On"),
				primary_action(values) {
					answer = values;
					dialog.hide();
				},
			});
			dialog.onhide = () => resolve(answer);
			dialog.show();
		});
	},

	/**
	 * Move a deal, asking for what the stage requires. Resolves to {card, users}, or null when nothing was moved.
	 */
	async move(deal, from_stage, stage, title) {
		const args = { deal, stage, from_stage };
		let answer = await crm_marketplace.deals.call("board.move_deal", args);
		if (answer.missing) {
			const values = await crm_marketplace.deals.ask(title, answer.missing);
			if (!values) return null;
			answer = await crm_marketplace.deals.call("board.move_deal", { ...args, values });
		}
		return answer.missing ? null : answer;
	},
});

function prepared(field, dialog) {
	if (field.fieldname === "party_type") {
		return { ...field, get_query: () => ({ filters: { name: ["in", ["Customer", "Lead", "Prospect"]] } }) };
	}
	if (field.fieldtype === "Dynamic Link") {
		return { ...field, get_options: () => dialog().get_value(field.options) };
	}
	if (field.fieldname === "loss_reason") {
		return { ...field, get_query: () => ({ filters: { disabled: 0 } }) };
	}
	return field;
}
