// The overview of a shop: the setup checklist and the health panel, both asked live.
frappe.provide("crm_marketplace");

const STATE = {
	ok: { icon: "solid-success", color: "green", label: () => __("Done", null, "Marketplace checklist") },
	warning: { icon: "solid-warning", color: "orange", label: () => __("Could be better") },
	error: { icon: "solid-error", color: "red", label: () => __("Missing") },
};

const STREAM_STATE = {
	ok: { color: "green", label: () => __("On time") },
	late: { color: "orange", label: () => __("Late") },
	silent: { color: "red", label: () => __("Silent") },
	off: { color: "gray", label: () => __("Off") },
	paused: { color: "orange", label: () => __("Paused", null, "Marketplace Shop") },
};

Object.assign(crm_marketplace, {
	/** What a fix button of the checklist does, by the name the server gives it. */
	shop_actions: {
		test_connection: (frm) => crm_marketplace.test_connection(frm),
		fetch_warehouses: (frm) => crm_marketplace.fetch_warehouses(frm),
		go_to_warehouses: (frm) => frm.scroll_to_field("warehouses"),
		sync_listings: (frm) => crm_marketplace.sync_now(frm, "listings"),
		match_listings: (frm) => open_inbox(frm),
	},

	show_checklist(frm) {
		const $panel = frm.get_field("checklist_html").$wrapper.html(crm_marketplace.loading());
		return ask(frm, "shop_checklist", $panel, (checks) => {
			$panel.html(checklist_html(checks));
			$panel.find("[data-fix]").on("click", (event) => {
				fix(frm, checks.find(({ key }) => key === event.currentTarget.dataset.fix).fix);
			});
		});
	},

	show_health(frm) {
		const $panel = frm.get_field("health_html").$wrapper.html(crm_marketplace.loading());
		return ask(frm, "shop_health", $panel, (health) => {
			$panel.html(health_html(frm, health));
			$panel.find("[data-action=resume]").on("click", () => crm_marketplace.resume_shop(frm));
		});
	},

	resume_shop(frm) {
		return crm_marketplace
			.call("resume_shop", { shop: frm.doc.name }, __("Starting…"))
			.then(() => frm.reload_doc());
	},
});

/** Ask for a panel's content; the answer is dropped when the user has moved on to another shop. */
function ask(frm, method, $panel, show) {
	const shop = frm.doc.name;
	return crm_marketplace.call(method, { shop }).then(
		(answer) => frm.doc.name === shop && show(answer),
		() => $panel.html(crm_marketplace.empty(__("This could not be loaded. Reload the page to try again.")))
	);
}

function fix(frm, { action, route }) {
	const [verb, fieldname] = cstr(action).split(":");
	if (verb === "go_to") return frm.scroll_to_field(fieldname);
	if (crm_marketplace.shop_actions[verb]) return crm_marketplace.shop_actions[verb](frm);
	if (route) return frappe.set_route(...route);
}

function open_inbox(frm) {
	frappe.route_options = { shop: frm.doc.name };
	return frappe.set_route("marketplace-matching");
}

// checklist

function checklist_html(checks) {
	const open = checks.filter(({ ok }) => ok !== true);
	const done = checks.length - open.length;
	const head = open.length
		? __("{0} of {1} steps are done.", [done, checks.length])
		: __("Everything is set up.");
	return `
		<details class="marketplace-checklist" ${open.length ? "open" : ""}>
			<summary><b>${head}</b></summary>
			<ul>${checks.map(check_html).join("")}</ul>
		</details>`;
}

function check_html(check) {
	const state = STATE[check.ok === true ? "ok" : check.ok === false ? "error" : "warning"];
	const button =
		check.fix && check.ok !== true && crm_marketplace.may_manage()
			? `<button type="button" class="btn btn-xs btn-default" data-fix="${crm_marketplace.escape(
					check.key
			  )}">${crm_marketplace.escape(check.fix.label)}</button>`
			: "";
	return `
		<li>
			<span class="marketplace-check-icon marketplace-${state.color}" title="${state.label()}">
				${frappe.utils.icon(state.icon, "sm")}<span class="sr-only">${state.label()}:</span>
			</span>
			<span class="marketplace-check-text">
				<b>${crm_marketplace.escape(check.label)}</b>
				<span class="text-muted">${crm_marketplace.escape(check.message)}</span>
			</span>
			${button}
		</li>`;
}

// health

function health_html(frm, health) {
	return `
		${breaker_html(health.breaker || {})}
		<p class="marketplace-health-sentence">
			${crm_marketplace.state_pill("Marketplace Shop", health.health)} ${crm_marketplace.escape(health.sentence)}
		</p>
		<div class="marketplace-tiles">${tiles(frm, health).map(tile_html).join("")}</div>
		${holds_html(frm, health.holds_by_reason || [])}
		${streams_html(health.streams || [])}
		${budget_html(health)}`;
}

function breaker_html(breaker) {
	if (!breaker.state || breaker.state === "Closed") return "";
	const until = breaker.until
		? __("Paused until {0}.", [crm_marketplace.datetime(breaker.until)])
		: __("The jobs of this shop are paused.");
	const button = crm_marketplace.may_manage()
		? `<button type="button" class="btn btn-xs btn-default" data-action="resume">${__("Resume now")}</button>`
		: "";
	return `
		<div class="marketplace-banner marketplace-banner-orange" role="alert">
			<div><b>${until}</b> ${crm_marketplace.escape(breaker.reason)}</div>${button}
		</div>`;
}

function tiles(frm, health) {
	const shop = frm.doc.name;
	const orders = (filters) => crm_marketplace.list_url("Marketplace Order", { shop, ...filters });
	const levels = (filters) => crm_marketplace.list_url("Marketplace Stock Level", { shop, ...filters });
	const prices = (filters) => crm_marketplace.list_url("Marketplace Listing Price", { shop, ...filters });
	const error_rate = flt(health.error_rate);
	return [
		{
			label: __("Waiting to be processed"),
			value: health.backlog,
			url: orders({ state: "To Process" }),
			color: health.backlog > 100 ? "orange" : "",
		},
		{ label: __("On hold"), value: health.holds, url: orders({ state: "On Hold" }), color: "red" },
		{
			label: __("Listings without item"),
			value: health.unmatched,
			url: `/app/marketplace-matching?${new URLSearchParams({ shop })}`,
			color: "orange",
		},
		{
			label: __("Stock errors"),
			value: health.stock_errors,
			url: levels({ pending: 1, last_error: '["is","set"]' }),
			color: "red",
		},
		{
			label: __("Stock waiting to be sent"),
			value: health.stock_waiting,
			url: levels({ pending: 1 }),
		},
		{
			label: __("Prices held back"),
			value: health.prices_held,
			url: prices({ hold_code: '["is","set"]' }),
			color: "red",
		},
		health.prices_in_quarantine && {
			label: __("Prices in quarantine"),
			value: health.prices_in_quarantine,
			url: prices({ in_quarantine: 1 }),
			color: "orange",
		},
		{
			label: __("Failed runs, 24 hours"),
			text: `${format_number(error_rate * 100, null, 1)} %`,
			value: error_rate,
			url: crm_marketplace.list_url("Marketplace Sync Log", { shop, status: "Failed" }),
			color: error_rate > 0.2 ? "red" : error_rate > 0.02 ? "orange" : "",
		},
		key_tile(health.credential || {}),
		counts_tile(health),
	].filter(Boolean);
}

function key_tile({ expires_at, days_left }) {
	if (!expires_at) return null;
	const days = cint(days_left);
	return {
		label: __("Days until the key expires"),
		value: days,
		color: days < 7 ? "red" : days < 30 ? "orange" : "green",
		always: true,
	};
}

function counts_tile({ channel_orders, our_orders }) {
	if (channel_orders === null || channel_orders === undefined) return null;
	return {
		label: __("Orders there and here, last check"),
		text: `${crm_marketplace.number(channel_orders)} / ${crm_marketplace.number(our_orders)}`,
		value: Math.abs(channel_orders - our_orders),
		color: "red",
	};
}

/** A tile is coloured only when its number is not zero: a quiet shop is a grey panel. */
function tile_html({ label, value, text, url, color, always }) {
	const shown = text || crm_marketplace.number(value);
	const css = (value || always) && color ? `marketplace-${color}` : "";
	const body = `
		<span class="marketplace-tile-value ${css}">${shown}</span>
		<span class="marketplace-tile-label">${label}</span>`;
	return url
		? `<a class="marketplace-tile" href="${crm_marketplace.escape(url)}">${body}</a>`
		: `<div class="marketplace-tile">${body}</div>`;
}

function holds_html(frm, reasons) {
	if (!reasons.length) return "";
	const items = reasons.map(({ hold_code, label, count }) => {
		const filters = { shop: frm.doc.name, state: "On Hold", hold_code };
		return `<li>${crm_marketplace.list_link("Marketplace Order", filters, label)} — ${crm_marketplace.number(
			count
		)}</li>`;
	});
	return `<h6>${__("Why orders wait")}</h6><ul class="marketplace-reasons">${items.join("")}</ul>`;
}

function streams_html(streams) {
	if (!streams.length) return "";
	return `
		<h6>${__("Streams")}</h6>
		<div class="marketplace-scroll">
			<table class="table table-sm marketplace-table marketplace-stack">
				<thead><tr>
					<th>${__("Stream")}</th><th>${__("State", null, "Marketplace Stream")}</th><th>${__("Last Success")}</th>
					<th>${__("Next Run")}</th><th>${__("Last Run")}</th>
				</tr></thead>
				<tbody>${streams.map(stream_html).join("")}</tbody>
			</table>
		</div>`;
}

function stream_html(stream) {
	const state = STREAM_STATE[stream.state] || STREAM_STATE.off;
	const never = `<span class="text-muted">${__("never")}</span>`;
	return `
		<tr>
			<td>
				<b>${crm_marketplace.escape(stream.label || crm_marketplace.stream_label(stream.stream))}</b>
				<div class="text-muted small">${crm_marketplace.escape(stream.sentence)}</div>
			</td>
			<td data-label="${__("State", null, "Marketplace Stream")}">${crm_marketplace.pill(state.label(), state.color)}</td>
			<td data-label="${__("Last Success")}">${crm_marketplace.since(stream.last_success_at) || never}</td>
			<td data-label="${__("Next Run")}">${stream.enabled ? crm_marketplace.datetime(stream.next_run_at) : ""}</td>
			<td data-label="${__("Last Run")}">${crm_marketplace.link("Marketplace Sync Log", stream.log, __("Open the run"))}</td>
		</tr>`;
}

function budget_html({ requests_today, wait_seconds_today, budget = [] }) {
	const used = __("{0} requests in 24 hours; {1} s of waiting for our turn.", [
		crm_marketplace.number(requests_today),
		crm_marketplace.number(wait_seconds_today),
	]);
	const limits = budget.map(({ group, limit, per_seconds }) =>
		__("{0}: {1} in {2} s", [crm_marketplace.escape(group), limit, per_seconds])
	);
	const allowed = limits.length ? `<br>${__("Allowed requests")} — ${limits.join("; ")}` : "";
	return `<p class="text-muted small">${used}${allowed}</p>`;
}
