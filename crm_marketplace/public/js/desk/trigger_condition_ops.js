// What a condition may compare, by the kind of field, in words.

export const VALUE_OPS = {
	text: ["=", "!=", "in", "not in", "contains", "not contains", "starts with", "set", "not set"],
	number: ["=", "!=", ">", ">=", "<", "<=", "between", "set", "not set"],
	date: [">", ">=", "<", "<=", "=", "between", "set", "not set"],
	choice: ["=", "!=", "in", "not in", "set", "not set"],
	check: ["="],
};
export const CHANGE_OPS = ["changed", "changed_to", "changed_from", "increased", "decreased"];
export const NO_VALUE = ["set", "not set", "changed", "increased", "decreased"];
export const NUMBERS = ["Int", "Float", "Currency", "Percent", "Duration", "Rating"];

export function kind_of(field) {
	if (NUMBERS.includes(field.type)) return "number";
	if (["Date", "Datetime"].includes(field.type)) return "date";
	if (field.type === "Check") return "check";
	return field.type === "Select" || field.type === "Link" ? "choice" : "text";
}

export function op_label(op, kind) {
	if (kind === "date" && op === ">") return __("is after");
	if (kind === "date" && op === "<") return __("is before");
	return {
		"=": __("is"),
		"!=": __("is not"),
		">": __("is more than"),
		">=": __("is at least"),
		"<": __("is less than"),
		"<=": __("is at most"),
		in: __("is one of"),
		"not in": __("is none of"),
		contains: __("contains"),
		"not contains": __("does not contain"),
		"starts with": __("starts with"),
		between: __("is between"),
		set: __("is filled in"),
		"not set": __("is empty"),
		changed: __("has changed"),
		changed_to: __("has become"),
		changed_from: __("was before"),
		increased: __("has grown"),
		decreased: __("has fallen"),
	}[op];
}

export function placeholder(kind, op) {
	if (op === "between") return kind === "date" ? "today-7d, today" : "1, 10";
	if (op === "in" || op === "not in") return __("one, two, three");
	return kind === "date" ? __("2026-12-31, today, now-2h") : "";
}

export function read_value(text, op, kind) {
	const read = (part) => (kind === "number" && part !== "" && !isNaN(part) ? Number(part) : part);
	if (!["in", "not in", "between"].includes(op)) return read(text.trim());
	return text
		.split(",")
		.map((part) => read(part.trim()))
		.filter((part) => part !== "");
}
