// Everything that ever happened, newest first, on the forms of deals, customers, leads and contacts.
frappe.provide("crm_marketplace.deals");

const STORY_OF = ["Deal", "Customer", "Lead", "Contact"];
const GROUPS = [
	["", () => __("Everything"), []],
	["talk", () => __("Letters and calls"), ["letter", "call", "comment"]],
	["task", () => __("Tasks"), ["task"]],
	["deal", () => __("Deals"), ["deal", "stage", "change"]],
	["order", () => __("Orders"), ["quotation", "order", "delivery"]],
	["money", () => __("Money"), ["invoice", "payment", "return"]],
	["file", () => __("Files"), ["file"]],
];
const ICONS = {
	call: "call",
	change: "edit",
	comment: "message-1",
	deal: "small-add",
	delivery: "stock",
	file: "attachment",
	invoice: "accounting",
	letter: "mail",
	order: "sell",
	payment: "money-coins-1",
	quotation: "file",
	return: "reply-all",
	stage: "change",
	task: "check",
};

crm_marketplace.deals.Story = class Story {
	constructor(frm, $place) {
		this.frm = frm;
		this.$place = $place;
		this.group = "";
		this.make();
		this.load();
	}

	make() {
		this.$place.empty();
		this.$groups = $(`<div class="deals-chips" role="toolbar" aria-label="${__("Filters")}"></div>`).appendTo(this.$place);
		for (const [key, label] of GROUPS) {
			$(`<button type="button" class="btn btn-xs btn-default"></button>`)
				.attr({ "data-group": key, "aria-pressed": "false" })
				.text(label())
				.on("click", () => this.choose(key))
				.appendTo(this.$groups);
		}
		this.$list = $(`<div class="deals-story" role="list"></div>`).appendTo(this.$place);
		this.$list.on("click", "[data-action=deal]", (event) => {
			const { doctype, name } = event.currentTarget.dataset;
			crm_marketplace.deals.make_deal(doctype, name);
		});
		this.$more = $(`<button type="button" class="btn btn-default btn-sm"></button>`)
			.text(__("Load More"))
			.on("click", () => this.load(true))
			.appendTo(this.$place)
			.hide();
	}

	choose(key) {
		this.group = key;
		this.load();
	}

	async load(more = false) {
		const question = (this.question = {});
		this.$groups.find("[data-group]").each((_index, element) => {
			const pressed = element.dataset.group === this.group;
			$(element).attr("aria-pressed", String(pressed)).toggleClass("active", pressed);
		});
		if (!more) this.$list.html(crm_marketplace.loading());
		const page = await crm_marketplace.deals.call("story.events", {
			doctype: this.frm.doctype,
			name: this.frm.doc.name,
			kinds: GROUPS.find(([key]) => key === this.group)[2],
			after: more ? this.next : null,
		});
		if (question !== this.question) return;
		this.next = page.next;
		if (!more) this.$list.empty();
		for (const event of page.events) this.$list.append(event_html(event, page.users, this.frm));
		if (!this.$list.children().length) this.$list.html(crm_marketplace.empty(__("Nothing happened yet.")));
		this.$more.toggle(Boolean(page.next));
	}
};

function event_html(event, users, frm) {
	const escape = crm_marketplace.escape;
	const who = event.user ? escape(users[event.user] || event.user) : "";
	return `
		<div class="deals-event" role="listitem" data-kind="${escape(event.kind)}">
			<span class="deals-event-icon">${frappe.utils.icon(ICONS[event.kind] || "small-message", "sm")}</span>
			<div>
				<div>${head_html(event, frm)}</div>
				${event.text ? `<div class="deals-event-text">${text_html(event)}</div>` : ""}
				<div class="text-muted small">${[crm_marketplace.short_datetime(event.at), who, deal_button(event, frm)]
					.filter(Boolean)
					.join(" · ")}</div>
			</div>
		</div>`;
}

/** A conversation can become a deal; on a deal's own story it has one already. */
function deal_button(event, frm) {
	if (!["letter", "call"].includes(event.kind) || frm.doctype === "Deal" || !frappe.model.can_create("Deal")) return "";
	return `<button type="button" class="btn btn-xs btn-link deals-event-deal" data-action="deal"
		data-doctype="${crm_marketplace.escape(event.doctype)}" data-name="${crm_marketplace.escape(event.name)}">${__(
		"Make a deal"
	)}</button>`;
}

/** What happened, in a sentence with a link. */
function head_html(event, frm) {
	const escape = crm_marketplace.escape;
	const link = (label) => (frappe.model.can_read(event.doctype) ? link_to(event, label) : escape(label));
	const status = event.status ? crm_marketplace.pill(escape(__(event.status, null, event.doctype)), "gray") : "";
	const money = event.currency && event.amount ? `<b>${crm_marketplace.deals.money(event.amount, event.currency)}</b>` : "";
	const elsewhere = frm.doctype !== event.doctype ? link_to(event, event.text || event.name) : "";
	switch (event.kind) {
		case "letter":
			return `${event.status === "Sent" ? __("Letter sent") : __("Letter received")}: ${link(event.title || __("No subject"))}`;
		case "call":
			return `${event.title === "Outgoing" ? __("Outgoing call") : __("Incoming call")} ${status} ${
				event.amount ? crm_marketplace.deals.duration(event.amount) : ""
			}`;
		case "comment":
			return __("Comment");
		case "task":
			return `${crm_marketplace.deals.kind_label(event.title)} ${status}`;
		case "stage":
			return `${__("Stage")}: <b>${escape(event.title)}</b> ${money} ${elsewhere}`;
		case "deal":
			return `${__("Deal")}: ${link(event.title)} ${status} ${money}`;
		case "change":
			return __("Changed");
		case "file":
			return `${__("File")}: <a href="${escape(file_url(event.text))}" target="_blank" rel="noopener">${escape(event.title)}</a>`;
		case "return":
			return `${__("Return")}: ${link(event.title)} ${status} ${money}`;
		default:
			return `${escape(__(event.doctype))}: ${link(event.title)} ${status} ${money}`;
	}
}

function link_to(event, label) {
	return crm_marketplace.link(event.doctype, event.name, label);
}

/** A file lies with us or at an address of the Web; nothing else is a link. */
function file_url(url) {
	return /^(\/|https?:\/\/)/.test(url) ? url : "#";
}

function text_html(event) {
	if (event.kind === "file" || event.kind === "stage") return "";
	return crm_marketplace.escape(event.text);
}

/** Read when it comes into view: most forms are opened for something else. */
function show_when_seen(frm) {
	const field = frm.get_field("crm_story");
	if (!field || frm.is_new()) return;
	const $place = field.$wrapper.empty();
	if (frm.story_observer) frm.story_observer.disconnect();
	frm.story_observer = new IntersectionObserver((entries) => {
		if (!entries.some((entry) => entry.isIntersecting)) return;
		frm.story_observer.disconnect();
		new crm_marketplace.deals.Story(frm, $place);
	});
	$place.css("min-height", "40px");
	frm.story_observer.observe($place.get(0));
}

for (const doctype of STORY_OF) {
	frappe.ui.form.on(doctype, { refresh: show_when_seen });
}
