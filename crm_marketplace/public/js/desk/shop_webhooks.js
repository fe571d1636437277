// Notifications of the marketplace: the address to paste into its cabinet, and whether any came.
frappe.provide("crm_marketplace");

Object.assign(crm_marketplace, {
	show_webhooks(frm, connector) {
		const $panel = frm.get_field("webhooks_html").$wrapper.empty();
		if (!connector || !frm.doc.webhooks_enabled) return;
		$panel.html(webhooks_html(frm.doc, connector));
		$panel.find("[data-action=copy]").on("click", () => frappe.utils.copy_to_clipboard(frm.doc.webhook_address));
		$panel.find("[data-action=renew]").on("click", () => renew(frm));
	},
});

function webhooks_html(doc, connector) {
	if (!doc.webhook_address) return crm_marketplace.empty(__("Save the shop, and its address appears here."));
	const help = (connector.help_urls || {}).webhooks;
	const more = help
		? ` <a href="${crm_marketplace.escape(help)}" target="_blank" rel="noopener noreferrer">${__(
				"Where it goes"
		  )} ${frappe.utils.icon("external-link", "xs")}</a>`
		: "";
	const last = doc.webhook_received_at
		? __("Last notification: {0}", [crm_marketplace.since(doc.webhook_received_at)])
		: __("None came yet. Let the marketplace send a test notification after you pasted the address.");
	return `
		<p class="small">${__(
			"Copy the address and paste it where {0} asks for the address of notifications. Switch on all that speak of orders.",
			[crm_marketplace.escape(connector.title)]
		)}${more}</p>
		<div class="marketplace-buttons">
			<button type="button" class="btn btn-xs btn-primary" data-action="copy">${__("Copy the Address")}</button>
			<button type="button" class="btn btn-xs btn-default" data-action="renew">${__("Make a New Address")}</button>
		</div>
		<p class="text-muted small marketplace-last-notification">${last}</p>`;
}

function renew(frm) {
	frappe.confirm(
		__("The old address stops working at once. Paste the new one into the marketplace's cabinet. Go on?"),
		() =>
			crm_marketplace
				.call("new_webhook_address", { shop: frm.doc.name }, __("Saving…"))
				.then(() => frm.reload_doc())
	);
}
