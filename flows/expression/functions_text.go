package expression

import (
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/flows/language"
)

func textFunctions() []*function {
	return []*function{
		{
			name: "trim", text: "The text without white space, or the given characters, at both ends.",
			sigs:    []signature{sig(Of(Text), arg("text", Text)), sig(Of(Text), arg("text", Text), arg("characters", Text))},
			example: `trim("  hi ")`, result: "hi",
			call: textCall(func(s string, args []any) string {
				if len(args) == 2 {
					return strings.Trim(s, textArg(args, 1))
				}
				return strings.TrimSpace(s)
			}),
		},
		{
			name: "upper", text: "The text in capital letters.",
			sigs:    []signature{sig(Of(Text), arg("text", Text))},
			example: `order_no | lower() | upper()`, result: "A-1234",
			call: textCall(func(s string, _ []any) string { return strings.ToUpper(s) }),
		},
		{
			name: "lower", text: "The text in small letters.",
			sigs:    []signature{sig(Of(Text), arg("text", Text))},
			example: `lower("OK")`, result: "ok",
			call: textCall(func(s string, _ []any) string { return strings.ToLower(s) }),
		},
		{
			name: "replace", text: "The text with every occurrence of one part replaced.",
			sigs:    []signature{sig(Of(Text), arg("text", Text), arg("part", Text), arg("by", Text))},
			example: `replace(order_no, "-", " ")`, result: "A 1234",
			call: replaceCall,
		},
		{
			name: "split", text: "The parts of a text between separators.",
			sigs:    []signature{sig(ListOf(Of(Text)), arg("text", Text), arg("separator", Text))},
			example: `split(order_no, "-")`, result: "A, 1234",
			call: splitCall,
		},
		{
			name: "join", text: "The elements of a list as one text, with the separator between them.",
			sigs:    []signature{sig(Of(Text), listOf("list", scalar), arg("separator", Text)), sig(Of(Text), listOf("list", scalar))},
			example: `map(items, .sku) | join(" ")`, result: "L1 L2",
			bind: joinCall,
		},
		{
			name: "string", text: "The value as it reads in a text.",
			sigs:    []signature{sig(Of(Text), arg("value", anyKind))},
			example: `"no. " + string(seats)`, result: "no. 3",
			bind: func(args []Type) (callFunc, Type) { return displayCall(args[0]), Of(Text) },
		},
		{
			name: "mask", text: "The text with all but its last four characters as dots.",
			sigs:    []signature{sig(Of(Text), arg("text", Text))},
			example: `mask("4111111111111111")`, result: "••••••••••••1111",
			call: textCall(func(s string, _ []any) string { return maskText(s) }),
		},
		{
			name: "plural", text: "The number with the word that fits it.",
			sigs:    []signature{sig(Of(Text), arg("count", Number), arg("one", Text), arg("more", Text))},
			example: `plural(len(items), "item", "items")`, result: "2 items",
			call: pluralCall,
		},
		{
			name: "json_path", text: "A value within a JSON text, as text; empty when it is not there.",
			sigs:    []signature{sig(Of(Text), arg("json", Text), arg("path", Text))},
			example: `json_path("{\"order\": {\"lines\": [{\"sku\": \"L1\"}]}}", "order.lines[0].sku")`, result: "L1",
			call: jsonPathCall,
		},
	}
}

func matchFunctions() []*function {
	return []*function{
		{
			name: "has_word", text: "Whether the text has one of the words: any case, accents folded, simple plurals.",
			sigs: []signature{
				variadic(Of(Bool), arg("text", Text), arg("word", Text)),
				sig(Of(Bool), arg("text", Text), listOf("words", Text)),
			},
			example: `has_word("Where are my ORDERS?", "order")`, result: "true",
			literals: wordLiterals, call: hasPhraseCall,
		},
		{
			name: "has_phrase", text: "Whether the text has one of the phrases, word by word: any case, accents folded, simple plurals.",
			sigs: []signature{
				variadic(Of(Bool), arg("text", Text), arg("phrase", Text)),
				sig(Of(Bool), arg("text", Text), listOf("phrases", Text)),
			},
			example: `has_phrase("Can I talk to a person, please?", "talk to a person")`, result: "true",
			call: hasPhraseCall,
		},
	}
}

// textCall pays for a function that walks over one text.
func textCall(f func(s string, args []any) string) callFunc {
	return func(r *run, args []any) (any, error) {
		s := textArg(args, 0)
		if err := r.spendText(s); err != nil {
			return nil, err
		}
		return cutText(f(s, args)), nil
	}
}

func displayCall(t Type) callFunc {
	return func(r *run, args []any) (any, error) {
		s := Display(args[0], t, r.env.Runtime)
		return s, r.spendText(s)
	}
}

func replaceCall(r *run, args []any) (any, error) {
	s, old, by := textArg(args, 0), textArg(args, 1), textArg(args, 2)
	if err := r.spendText(s, old); err != nil || old == "" {
		return s, err
	}
	if n := strings.Count(s, old); len(s)+n*(len(by)-len(old)) > maxText {
		return nil, errLarge // before it is made
	}
	out := strings.ReplaceAll(s, old, by)
	return out, r.spendText(out)
}

func splitCall(r *run, args []any) (any, error) {
	s := textArg(args, 0)
	if err := r.spendText(s); err != nil {
		return nil, err
	}
	parts := strings.SplitN(s, textArg(args, 1), MaxList+1)
	list := make([]any, min(len(parts), MaxList))
	for i := range list {
		list[i] = parts[i]
	}
	return list, nil
}

func joinCall(args []Type) (callFunc, Type) {
	elem, _ := args[0].elem()
	return func(r *run, args []any) (any, error) {
		separator := ", "
		if len(args) > 1 {
			separator = textArg(args, 1)
		}
		var b strings.Builder
		for i, e := range listArg(args, 0) {
			if i > 0 {
				b.WriteString(separator)
			}
			b.WriteString(Display(e, elem, r.env.Runtime))
			if b.Len() > maxText {
				return nil, errLarge
			}
		}
		s := b.String()
		return s, r.spendText(s)
	}, Of(Text)
}

func maskText(s string) string {
	const shown = 4
	n := utf8.RuneCountInString(s)
	if n <= shown {
		return strings.Repeat("•", n)
	}
	return strings.Repeat("•", n-shown) + string([]rune(s)[n-shown:])
}

func pluralCall(_ *run, args []any) (any, error) {
	n := numberArg(args, 0)
	word := textArg(args, 2)
	if n == 1 {
		word = textArg(args, 1)
	}
	return cutText(numberText(n) + " " + word), nil
}

// wordLiterals sends several words in a row to has_phrase, where they read as
// what they are.
func wordLiterals(c *checker, n callNode) bool {
	for _, a := range n.Arguments[1:] {
		if s, ok := literal(a); ok && len(strings.Fields(s)) > 1 {
			c.report(a, CodeReference, "Use has_phrase() for several words in a row.", "%q is more than one word", s)
			return false
		}
	}
	return true
}

// hasPhraseCall also finds single words: one that is written without spaces may
// still be several to the language package, as in Chinese.
func hasPhraseCall(r *run, args []any) (any, error) {
	s := textArg(args, 0)
	if err := r.spend(len(s)); err != nil {
		return nil, err
	}
	words := language.Words(s)
	for _, want := range wanted(args) {
		if err := r.spend(len(want) + len(words)/4); err != nil {
			return nil, err
		}
		if language.ContainsPhrase(words, language.Words(want)) {
			return true, nil
		}
	}
	return false, nil
}

// wanted returns the words or phrases: arguments, or a list of them.
func wanted(args []any) []string {
	rest := args[1:]
	if list, ok := rest[0].([]any); ok {
		rest = list
	}
	words := make([]string, len(rest))
	for i := range rest {
		words[i] = textArg(rest, i)
	}
	return words
}
