// Calls and words of triggers.
frappe.provide("crm_marketplace");

const TRIGGER_API = "crm_marketplace.triggers.api.";

Object.assign(crm_marketplace, {
	/** Call the triggers' API; resolves to its answer. Errors are shown by Frappe. */
	trigger_call(method, args, freeze_message) {
		return frappe
			.call({
				method: TRIGGER_API + method,
				args,
				freeze: Boolean(freeze_message),
				freeze_message,
			})
			.then((response) => response.message);
	},

	/** A trigger's sentence as HTML: when, if, then. */
	trigger_sentence(sentence) {
		const part = (word, text) =>
			text
				? `<span class="trigger-word">${word}</span> ${crm_marketplace.escape(text)}`
				: "";
		return [
			part(__("When", null, "Trigger"), sentence.when),
			part(__("if", null, "Trigger"), sentence.if),
			part(__("then", null, "Trigger"), sentence.then),
			sentence.limits ? `<span class="text-muted">(${crm_marketplace.escape(sentence.limits)})</span>` : "",
		]
			.filter(Boolean)
			.join(" ");
	},

	trigger_status_pill(status) {
		const color = {
			Waiting: "blue",
			Started: "blue",
			Done: "green",
			Failed: "red",
			Stopped: "gray",
			Skipped: "gray",
			Uncertain: "orange",
		}[status];
		return crm_marketplace.pill(crm_marketplace.escape(__(status, null, "Trigger Log")), color || "gray");
	},

	/** A span of minutes split into number and unit, for two inputs. */
	split_minutes(minutes) {
		for (const [unit, size] of [
			["days", 1440],
			["hours", 60],
		]) {
			if (minutes && minutes % size === 0) return { number: minutes / size, unit };
		}
		return { number: minutes || 0, unit: "minutes" };
	},

	join_minutes(number, unit) {
		return Math.round(flt(number) * { minutes: 1, hours: 60, days: 1440, weeks: 10080 }[unit]);
	},

	duration_units() {
		return [
			["minutes", __("minutes")],
			["hours", __("hours")],
			["days", __("days")],
		];
	},

	/** `<select>` from [value, label] pairs. */
	select_element(options, value, label) {
		const $select = $(`<select class="form-control input-sm"></select>`).attr("aria-label", label || "");
		for (const [key, text] of options) {
			$("<option></option>").attr("value", key).text(text).appendTo($select);
		}
		if (value !== undefined && value !== null && value !== "") {
			if (!options.some(([key]) => String(key) === String(value))) {
				$("<option></option>").attr("value", value).text(value).appendTo($select);
			}
			$select.val(value);
		}
		return $select;
	},
});
