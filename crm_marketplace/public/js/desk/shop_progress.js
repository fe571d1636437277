// Sync now: choose what to run, and watch it. News comes over the socket; when it is silent, we ask.
frappe.provide("crm_marketplace");

const EVENT = "marketplace_sync_progress";
const ASK_AFTER = 3000;
const COUNTERS = ["fetched", "stored", "created_count", "updated_count", "sent", "held", "failed"];

Object.assign(crm_marketplace, {
	/** Ask which stream to run, then run it. `choice` skips the question. */
	sync_now(frm, choice) {
		if (choice) return start(frm, choice);
		const streams = (frm.doc.streams || []).map((row) => row.stream);
		const options = ["all", ...streams].map((stream) => ({
			value: stream,
			label: crm_marketplace.stream_label(stream),
		}));
		const dialog = new frappe.ui.Dialog({
			title: __("Sync Now"),
			fields: [
				{
					fieldtype: "Select",
					fieldname: "stream",
					label: __("What to sync"),
					options,
					default: streams.includes("orders") ? "orders" : "all",
					reqd: 1,
				},
			],
			primary_action_label: __("Start"),
			primary_action: ({ stream }) => {
				dialog.hide();
				start(frm, stream);
			},
		});
		dialog.show();
		return dialog;
	},
});

function start(frm, stream) {
	return crm_marketplace
		.call("sync_now", { shop: frm.doc.name, stream }, __("Starting…"))
		.then(({ logs }) => new SyncProgress(frm, logs).show());
}

class SyncProgress {
	constructor(frm, logs) {
		this.frm = frm;
		this.runs = new Map(logs.map((log) => [log.name, { ...log, heard_at: Date.now() }]));
		this.listener = (news) => this.hear(news);
	}

	show() {
		this.dialog = new frappe.ui.Dialog({
			title: __("Sync of {0}", [crm_marketplace.escape(this.frm.doc.name)]),
			fields: [{ fieldtype: "HTML", fieldname: "runs" }],
			primary_action_label: __("Go on in the background"),
			primary_action: () => this.dialog.hide(),
		});
		this.dialog.onhide = () => this.stop();
		this.$runs = this.dialog.get_field("runs").$wrapper;
		for (const run of this.runs.values()) this.$runs.append(run_element(run));
		frappe.realtime.on(EVENT, this.listener);
		this.timer = setInterval(() => this.ask(), ASK_AFTER);
		this.dialog.show();
	}

	hear(news) {
		const run = news.shop === this.frm.doc.name && this.runs.get(news.log);
		if (!run || run.finished) return;
		// The end is told by the log, with its counters.
		if (news.finished) this.read_log(run);
		else this.update(run, news);
	}

	/** The socket may be blocked by a proxy: read the log of every run nothing was heard of. */
	ask() {
		for (const run of this.runs.values()) {
			if (!run.finished && Date.now() - run.heard_at >= ASK_AFTER) this.read_log(run);
		}
	}

	read_log(run) {
		const fields = ["status", "summary", ...COUNTERS];
		return frappe.db.get_value("Marketplace Sync Log", run.name, fields).then(({ message: log }) => {
			if (!log || !log.status) return;
			const finished = log.status !== "Running";
			const message = [counters_text(log), log.summary].filter(Boolean).join(". ");
			this.update(run, { done: log.fetched || log.sent || 0, message, status: log.status, finished });
		});
	}

	update(run, news) {
		Object.assign(run, news, { name: run.name, heard_at: Date.now() });
		const $run = this.$runs.find(`[data-log="${CSS.escape(run.name)}"]`);
		$run.replaceWith(run_element(run));
		if ([...this.runs.values()].every((each) => each.finished)) this.finish();
	}

	finish() {
		this.stop();
		this.dialog.set_primary_action(__("Close"), () => this.dialog.hide());
		this.frm.reload_doc();
	}

	stop() {
		clearInterval(this.timer);
		frappe.realtime.off(EVENT, this.listener);
	}
}

function counters_text(log) {
	const labels = {
		fetched: __("fetched"),
		stored: __("stored"),
		created_count: __("created", null, "Marketplace Sync Log"),
		updated_count: __("updated"),
		sent: __("sent"),
		held: __("waiting for a person"),
		failed: __("failed"),
	};
	return COUNTERS.filter((name) => log[name])
		.map((name) => `${labels[name]}: ${format_number(log[name], null, 0)}`)
		.join(", ");
}

function run_element(run) {
	const total = cint(run.total);
	const share = run.finished ? 100 : total ? Math.min(100, Math.round((100 * cint(run.done)) / total)) : null;
	const counted =
		total && !run.finished
			? __("{0} of {1}", [crm_marketplace.number(run.done), crm_marketplace.number(total)])
			: "";
	const state = run.finished
		? crm_marketplace.state_pill("Marketplace Sync Log", run.status || "Success")
		: crm_marketplace.pill(__("Running", null, "Marketplace Sync Log"), "blue");
	return $(`
		<section class="marketplace-run" data-log="${crm_marketplace.escape(run.name)}">
			<div class="marketplace-run-head">
				<b>${crm_marketplace.escape(crm_marketplace.stream_label(run.stream))}</b> ${state}
				<span class="text-muted">${counted}</span>
				${crm_marketplace.link("Marketplace Sync Log", run.name, __("Open the run"))}
			</div>
			<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100"
				${share === null ? "" : `aria-valuenow="${share}"`}>
				<div class="progress-bar ${share === null ? "progress-bar-striped progress-bar-animated" : ""} ${
		bar_color(run)
	}" style="width: ${share === null ? 100 : share}%"></div>
			</div>
			<div class="text-muted small" aria-live="polite">${crm_marketplace.escape(run.message)}</div>
		</section>`);
}

function bar_color(run) {
	if (!run.finished) return "";
	return { Success: "bg-success", Partial: "bg-warning", Interrupted: "bg-warning", Failed: "bg-danger" }[
		run.status || "Success"
	];
}
