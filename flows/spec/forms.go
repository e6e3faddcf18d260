package spec

// A FormDoc explains a form that the reference names.
type FormDoc struct {
	Form string
	// Text is Markdown.
	Text string
}

// Forms explains the forms of values, once for all tables.
func Forms() []FormDoc {
	kind := func(k ShapeKind, text string) FormDoc { return FormDoc{k.String(), text} }
	return []FormDoc{
		kind(Text, "What people read. It may have `${ }` inside."),
		kind(Name, "A text without `${ }`: a word, a label, a path. In bot.yaml it may have `${ env.NAME }`."),
		kind(Ident, "A name that expressions and `goto` can use: small letters, digits and `_`, a letter first, as in `order_no`."),
		kind(Expr, "An expression, without `${ }` around it."),
		kind(Value, "A value of any form: a text, a number, true or false, a list, a map; with `${ }` where something is computed."),
		kind(Any, "Of any form; what the key does says which."),
		kind(Int, "Digits, without quotes."),
		kind(Number, "Digits, with a decimal point or without."),
		kind(Bool, "The word `true` or `false`."),
		kind(Duration, "Whole numbers of w, d, h, m and s, the largest first: `90s`, `15m`, `2h`, `1d`, `1h30m`."),
		kind(Date, "Year, month and day: `2026-03-04`."),
		kind(TypeSpec, "The type of a variable, as under [Answer types](#answer-types): `int`, `[text]`, `{name: text}`; with `= value` it has a first value."),
		kind(Steps, "Steps, each on a line that begins with `- `."),
		kind(Target, "Where to go: the `id` of a step, a move such as `end`, or steps to take here. Behind the last of those comes the step after the one that has the key."),
		kind(Empty, "No value: the word alone says all."),
		{"list of …", "A list: `[a, b]`, or each on a line that begins with `- `."},
		{"a, b or c", "One of these words, or one of these forms."},
		{"map of …", "Names of your own, each with a value of that form behind it."},
	}
}
