// Labels of packed orders: a worker fetches them, the browser opens them to print.
frappe.provide("crm_marketplace");

const ASK_EVERY = 1500; // milliseconds
const PATIENCE = 120_000; // milliseconds until we stop asking: the worker waits a minute for a marketplace
const PACKED = "Awaiting Shipment";

Object.assign(crm_marketplace, {
	/** Whether an order has a label to print: packed, not shipped, of a marketplace that hands labels out. */
	has_label(order) {
		return order.status === PACKED && (frappe.boot.marketplace_labels || []).includes(order.marketplace);
	},

	/** @param {string[]} orders names of Marketplace Orders */
	async print_labels(orders) {
		if (!orders.length) return;
		const { token } = await crm_marketplace.call("request_labels", { orders });
		const progress = frappe.show_progress(__("Labels"), 20, 100, __("Asking the marketplace …"));
		try {
			show(await wait_for(token));
		} finally {
			progress.hide();
			frappe.hide_progress();
		}
	},
});

async function wait_for(token) {
	for (let waited = 0; waited < PATIENCE; waited += ASK_EVERY) {
		const found = await crm_marketplace.call("labels", { token });
		if (found.ready) return found;
		frappe.show_progress(
			__("Labels"),
			Math.min(95, 20 + (waited / PATIENCE) * 400),
			100,
			__("Asking the marketplace …")
		);
		await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
	}
	return {
		content: "",
		problems: [["", __("No worker has done it. Ask your administrator whether the workers are running.")]],
	};
}

function show({ name, media_type, content, problems }) {
	if (content) open_file(name, media_type, content);
	if (!problems.length) return;
	const rows = problems.map(
		([order, why]) => `<li><b>${crm_marketplace.escape(order)}</b> ${crm_marketplace.escape(why)}</li>`
	);
	frappe.msgprint({
		title: content ? __("Some orders have no label") : __("No label"),
		message: `<ul>${rows.join("")}</ul>`,
		indicator: "orange",
	});
}

/** PDFs and pictures open in a tab of their own to be printed; where that is blocked they are downloaded. */
function open_file(name, media_type, content) {
	const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
	const url = URL.createObjectURL(new Blob([bytes], { type: media_type }));
	const is_shown = /^(application\/pdf|image\/)/.test(media_type) && window.open(url, "_blank");
	if (!is_shown) {
		$(`<a></a>`).attr({ href: url, download: name }).appendTo(document.body)[0].click();
	}
	frappe.show_alert({ message: __("Labels are ready: {0}", [crm_marketplace.escape(name)]), indicator: "green" });
	setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
}
