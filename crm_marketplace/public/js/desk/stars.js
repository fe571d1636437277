// Reviews: stars, and the answer that everybody at the marketplace will read.
frappe.provide("crm_marketplace");

const MOST_STARS = 5;
const color_of = (count) => (count <= 2 ? "red" : count === 3 ? "orange" : "green");

Object.assign(crm_marketplace, {
	/** "★★★☆☆", coloured by how good it is, and a number for those who hear the page. */
	stars(rating) {
		const count = Math.max(0, Math.min(MOST_STARS, cint(rating)));
		return `<span class="marketplace-stars marketplace-${color_of(count)}" title="${count} / ${MOST_STARS}">
			<span aria-hidden="true">${"★".repeat(count)}${"☆".repeat(MOST_STARS - count)}</span>
			<span class="sr-only">${__("{0} of {1} stars", [count, MOST_STARS])}</span></span>`;
	},

	/** The same in the room a phone has: "2★". */
	short_stars(rating) {
		const count = cint(rating);
		return `<span class="marketplace-${color_of(count)}" title="${__("{0} of {1} stars", [count, MOST_STARS])}">${count}★</span>`;
	},

	/** The whole review as a person would read it at the marketplace. */
	show_review(frm) {
		const doc = frm.doc;
		const part = (title, text) =>
			text ? `<p><b>${title}</b><br>${crm_marketplace.as_text(text)}</p>` : "";
		const photos = cstr(doc.photos)
			.split("\n")
			.filter((url) => /^https:\/\//.test(url))
			.map((url) => {
				const address = crm_marketplace.escape(url);
				return `<a href="${address}" target="_blank" rel="noopener noreferrer"><img src="${address}" alt="" loading="lazy" referrerpolicy="no-referrer"></a>`;
			});
		const words = [
			crm_marketplace.as_text(doc.text || ""),
			part(__("Advantages"), doc.advantages),
			part(__("Disadvantages"), doc.disadvantages),
		].join("");
		frm.get_field("review_html").$wrapper.html(`
			<section class="marketplace-card marketplace-review">
				<header>${crm_marketplace.stars(doc.rating)}
					<span class="text-muted">${crm_marketplace.datetime(doc.written_at)}</span></header>
				<div>${words || crm_marketplace.empty(__("Stars only, no words."))}</div>
				<div class="marketplace-photos">${photos.join("")}</div>
			</section>`);
	},

	answer_review(frm) {
		crm_marketplace.call("review_answering", { review: frm.doc.name }).then(({ length }) => {
			const dialog = new frappe.ui.Dialog({
				title: __("Answer the review"),
				fields: [
					{
						fieldname: "text",
						fieldtype: "Small Text",
						label: __("Answer", null, "Marketplace Review"),
						reqd: 1,
						description: __("Everybody sees it at the marketplace. {0} characters at most.", [length]),
					},
				],
				primary_action_label: __("Publish"),
				primary_action({ text }) {
					crm_marketplace
						.call("answer_review", { review: frm.doc.name, text }, __("Sending the answer …"))
						.then(() => {
							dialog.hide();
							frappe.show_alert({ message: __("The answer was sent."), indicator: "green" });
							frm.reload_doc();
						});
				},
			});
			dialog.fields_dict.text.$input.attr("maxlength", length);
			dialog.show();
		});
	},
});
