package spec

import "slices"

// A CodeDoc explains a code at length, for the command that explains one and for
// the reference.
type CodeDoc struct {
	Code  string
	Title string
	// Explanation is Markdown; where it can, it shows YAML that is wrong and how it
	// is right.
	Explanation string
}

// Codes returns the codes of this package in their order: E101 to E119 for how
// YAML is written, E120 to E129 for keys and their values.
func Codes() []CodeDoc {
	return slices.Concat(yamlCodes(), fieldCodes())
}

// explained makes a CodeDoc of a reason and two examples.
func explained(code, title, why, wrong, right string) CodeDoc {
	text := why + "\n"
	if wrong != "" {
		text += "\nWrong:\n\n```yaml\n" + wrong + "\n```\n"
	}
	if right != "" {
		text += "\nRight:\n\n```yaml\n" + right + "\n```\n"
	}
	return CodeDoc{Code: code, Title: title, Explanation: text}
}

func yamlCodes() []CodeDoc {
	return []CodeDoc{
		explained("E101", "Not a document",
			"The file is empty, holds several documents where one is wanted, has a key that is no word, or can't be read as YAML for a reason that no other code names.",
			"[say, ask]: Hello", "say: Hello"),
		explained("E102", "A key is there twice",
			"YAML would keep one of the two. The message names both places.",
			"say: Hello\nsay: Bye", "- say: Hello\n- say: Bye"),
		explained("E103", "A tab, or a space that is none",
			"YAML is indented with spaces only, two for each level, and a space follows each `-` and each colon. No-break spaces and the like, which come with text from word processors, look like spaces and are none.",
			"ask: name\ntimeout:\n\t5m", "ask: name\ntimeout: 5m"),
		explained("E104", "A value is cut at a #",
			"A # after a space begins a comment, and what follows is lost in silence. It is reported where a comment is unlikely: "+
				"when the # is the beginning of a word, as in #4, or the value before it leaves a bracket or a quote open; and, in a text, whenever a single space stands before the #. "+
				"Two spaces before a # always make it a comment, as long as the value before it is whole. After a number, an id or a complete expression one space will do.",
			"say: Room #4", "say: \"Room #4\"    # the big one"),
		explained("E105", "A value begins with !",
			"To YAML, ! begins a tag, and the word after it is lost. In a condition write `not`.",
			"if: !empty(words)\nthen:\n  - end", "if: not empty(words)\nthen:\n  - end"),
		explained("E106", "A value begins with & or *",
			"To YAML these are anchors and aliases. There are none in the files of a bot: what is meant stands where it is used.",
			"say: *Sale* today", "say: \"*Sale* today\""),
		explained("E107", "{{ }} instead of ${ }",
			"Values are computed with ${ } everywhere. {{1}} belongs to templates that a provider keeps, not to texts.",
			"say: Hello {{ name }}", "say: Hello ${ name }"),
		explained("E108", "A text inside { } or [ ] needs quotes",
			"Inside { } and [ ] a comma ends a text, and ${ }, a ? and brackets are YAML's own. Quote the text, or write the map or list on lines of its own.",
			"say: {text: \"Hi\", any_of: [${ name }, Sure?]}", "say:\n  any_of:\n    - ${ name }\n    - Sure?"),
		explained("E109", "Too large or too deep",
			"A file has at most 1 MB, and maps and lists in it are at most 64 deep.", "", ""),
		explained("E110", "Not UTF-8, or an invisible character",
			"Files are UTF-8, with or without a byte order mark. Control characters, and the line separators U+0085, U+2028 and U+2029, can't be seen and come from copied text; delete them.", "", ""),
		explained("E111", "Wrong indentation, or a value in the wrong place",
			"Every key of a map is indented alike, and so is every `-` of a list. The message names the indentations that would do. "+
				"The same code is given when a list item is read as part of the text above it, and when an expression with `: ` in it was read as a key and a value.",
			"ask: name\n  timeout: 5m", "ask: name\ntimeout: 5m"),
		explained("E112", "A text with a colon needs quotes",
			"A colon with a space behind it, or at the end of the line, makes a key to YAML. So does the colon of a condition with ? and :.",
			"say: Choose: one or two", "say: \"Choose: one or two\""),
		explained("E113", "A value begins with a character of YAML's own",
			"A value can't begin with %, @, a backtick, a comma or a closing bracket; and after | and > the text begins on the next line. Quote the value.",
			"say: @ann is here", "say: \"@ann is here\""),
		explained("E114", "A quote or bracket is never closed",
			"The message points at the one that opens, which is often lines above the place where YAML noticed.",
			"say: \"Hello", "say: \"Hello\""),
		explained("E115", "A space or a colon is missing",
			"A key is followed by a colon and a space, a `-` by a space.",
			"ask: name\ntimeout:5m", "ask: name\ntimeout: 5m"),
		explained("E116", "Something follows a closing quote or bracket",
			"A value that begins with a quote ends where the quote is closed, and one that begins with [ or { is a list or a map. Put other quotes around the whole, or begin an expression with a bracket: `(\"a\" in words)`.",
			"if: \"a\" in words\nthen:\n  - end", "if: (\"a\" in words)\nthen:\n  - end"),
		explained("E117", "An escape that YAML does not know",
			"In double quotes a backslash begins an escape such as \\n. In single quotes it is a backslash, which is what patterns want.",
			"http: \"\\d+\"", "http: '\\d+'"),
	}
}

func fieldCodes() []CodeDoc {
	return []CodeDoc{
		explained("E120", "Unknown key",
			"The key is mistyped, or is indented so that it belongs to another map. The message names the key that is near, or the map that has such a key.",
			"ask: name\ntimout: 5m", "ask: name\ntimeout: 5m"),
		explained("E121", "A key is missing",
			"Some maps are nothing without a certain key. The message points at the beginning of the map.",
			"if: seats > 200", "if: seats > 200\nthen:\n  - end"),
		explained("E122", "A value of the wrong form",
			"A list, a map or a text stands where another of them is wanted, or a value behind a word that takes none.",
			"if: seats > 200\nthen: end", "if: seats > 200\nthen:\n  - end"),
		explained("E123", "A value is missing",
			"A key with nothing behind it, or with the word null, has no value. Leave the key out, or quote the word.",
			"ask: name\ntimeout:", "ask: name"),
		explained("E124", "Not a number",
			"Numbers are written in digits with a decimal point, without quotes, separators or a plus sign.",
			"flow: a\nrate: 1,5\nsteps:\n  - end", "flow: a\nrate: 1.5\nsteps:\n  - end"),
		explained("E125", "Not true or false",
			"Only true and false are booleans; yes, no, on and off are texts.",
			"flow: a\nstart:\n  fallback: yes\nsteps:\n  - end", "flow: a\nstart:\n  fallback: true\nsteps:\n  - end"),
		explained("E126", "Not a duration or a date",
			"Durations are whole numbers of w, d, h, m and s, the largest unit first: 90s, 15m, 2d, 1h30m. Dates are year, month and day: 2026-03-04.",
			"ask: name\ntimeout: 5 minutes", "ask: name\ntimeout: 5m"),
		explained("E127", "Not one of the words",
			"The key takes one of a few words, which the message and the reference list.",
			"flow: a\non_upgrade: ask\nsteps:\n  - end", "flow: a\non_upgrade: ask_again\nsteps:\n  - end"),
		explained("E128", "Not an id",
			"Ids begin with a letter and have small letters, digits and _ only, so that expressions can name them.",
			"ask: Order-No", "ask: order_no"),
		explained("E129", "${ } where none may stand, or too much of it",
			"Expressions are written without ${ }, since they are computed anyway. Ids, numbers and durations can't be computed.",
			"if: ${ seats > 200 }\nthen:\n  - end", "if: seats > 200\nthen:\n  - end"),
	}
}
