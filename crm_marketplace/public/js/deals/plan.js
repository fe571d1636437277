// How far this month's sales plan is, in the bar above the board: "5 of 10".
frappe.provide("crm_marketplace.deals");

crm_marketplace.deals.show_plan = async function ($place, pipeline) {
	const plan = await crm_marketplace.deals.call("plans.progress", { pipeline });
	if ($place.attr("data-pipeline") !== pipeline) return;
	$place.empty().toggle(Boolean(plan));
	if (!plan) return;
	const number = (value, money) =>
		money ? crm_marketplace.deals.money(value, plan.currency) : crm_marketplace.number(value);
	const texts = plan.parts.map((part) => {
		const fact = number(part.fact, part.money);
		const target = number(part.plan, part.money);
		return { label: part.label, text: __("{0} of {1}", [fact, target]) };
	});
	const state = plan.done >= 100 ? "done" : plan.done < plan.gone ? "late" : "fine";
	const title = plan.own ? __("Your plan") : __("Plan");
	const hint = [...texts.map((one) => `${one.label}: ${$("<i>").html(one.text).text()}`)];
	hint.push(__("{0} % of the month is over", [plan.gone]));
	$(`
		<a href="/app/query-report/Deals Plan and Fact?pipeline=${encodeURIComponent(pipeline)}">
			<span class="text-muted">${title}</span> ${texts[0].text}
			<span class="deals-plan-track" role="progressbar" aria-valuemin="0" aria-valuemax="100"
				aria-valuenow="${plan.done}" aria-label="${title}">
				<span class="deals-plan-${state}" style="width: ${Math.min(100, plan.done)}%"></span>
			</span>
		</a>`)
		.attr("title", hint.join("\n"))
		.appendTo($place);
};
