// One deal on the board.
frappe.provide("crm_marketplace.deals");

const STEP_HINTS = {
	overdue: () => __("Overdue"),
	today: () => __("Today"),
	later: () => "",
	none: () => __("No next step"),
};

/** The card as HTML. Everything in it that people typed is escaped. */
crm_marketplace.deals.card_html = function (card, users, may_write) {
	const escape = crm_marketplace.escape;
	const url = frappe.utils.get_form_link("Deal", card.name);
	const closed = !card.urgency;
	return `
		<article class="deals-card ${closed ? "" : `deals-${card.urgency}`} ${card.days_over ? "deals-stuck" : ""}"
			tabindex="-1" data-name="${escape(card.name)}" aria-label="${escape(card.title)}">
			<header>
				<a href="${escape(url)}" tabindex="-1" draggable="false" class="deals-title">${escape(card.title)}</a>
				${crm_marketplace.deals.avatar(card.responsible, users) || take_html(may_write)}
			</header>
			${card.party_name ? `<div class="deals-party ellipsis">${escape(card.party_name)}</div>` : ""}
			<div class="deals-facts">
				<span class="deals-amount">${amount_html(card)}</span>
				${channels_html(card)}
				<span class="deals-days" title="${days_title(card)}">${__("{0} d", [card.days])}</span>
			</div>
			${closed ? closed_html(card) : step_html(card, may_write)}
			${card.tags.length ? tags_html(card.tags) : ""}
		</article>`;
};

function amount_html(card) {
	return card.amount ? crm_marketplace.deals.money(card.amount, card.currency) : `<span class="text-muted">—</span>`;
}

function days_title(card) {
	const days = __("Days in the stage: {0}", [card.days]);
	return card.days_over ? `${days}. ${__("Longer than allowed by {0} d", [card.days_over])}` : days;
}

function step_html(card, may_write) {
	const hint = STEP_HINTS[card.urgency]();
	const when = card.next_step_on ? crm_marketplace.short_datetime(card.next_step_on) : "";
	const text = card.next_step ? crm_marketplace.escape(card.next_step) : hint;
	const button = may_write
		? `<button type="button" tabindex="-1" class="btn btn-xs deals-add-task" data-action="task"
			aria-label="${__("Add a task")}" title="${__("Add a task")}">${frappe.utils.icon("add", "xs")}</button>`
		: "";
	return `
		<div class="deals-step">
			<span class="deals-dot" aria-hidden="true"></span>
			<span class="sr-only">${hint}</span>
			<span class="ellipsis deals-step-text" title="${crm_marketplace.escape(card.next_step || hint)}">${text}</span>
			<span class="deals-when">${when}</span>
			${button}
		</div>`;
}

function closed_html(card) {
	return `<div class="deals-step text-muted">${crm_marketplace.short_datetime(card.closed_at)}</div>`;
}

/** How to reach the contact, one press away. */
function channels_html(card) {
	const link = (href, icon, label) =>
		`<a href="${crm_marketplace.escape(href)}" tabindex="-1" draggable="false" class="deals-channel"
			title="${crm_marketplace.escape(label)}" aria-label="${crm_marketplace.escape(label)}">${frappe.utils.icon(
			icon,
			"xs"
		)}</a>`;
	return [
		card.phone ? link(`tel:${card.phone.replace(/[^+\d]/g, "")}`, "call", card.phone) : "",
		card.email ? link(`mailto:${card.email}`, "mail", card.email) : "",
	].join("");
}

function take_html(may_write) {
	return may_write
		? `<button type="button" tabindex="-1" class="btn btn-xs btn-default" data-action="take">${__("Take")}</button>`
		: "";
}

function tags_html(tags) {
	return `<div class="deals-tags">${tags
		.map((tag) => `<span class="deals-tag">${crm_marketplace.escape(tag)}</span>`)
		.join("")}</div>`;
}
