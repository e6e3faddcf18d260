package expression

import (
	"fmt"
	"slices"
	"strings"
)

// A FunctionDoc describes a function for the reference.
type FunctionDoc struct {
	Name string
	// Signatures are the ways to call it: "at(date: date, time: text): datetime".
	Signatures []string
	// Text is one sentence.
	Text string
	// Example is an expression and Result the text that it gives. Examples are
	// written at 10:00 on Wednesday 4 March 2026 in Berlin, in English, with
	// order_no "A-1234", seats 3, tags ["new", "vip"], topic "billing", and items
	// of {sku, price}: L1 for 30 and L2 for 12.5.
	Example, Result string
}

// Functions returns every function that expressions have, sorted by name.
func Functions() []FunctionDoc {
	docs := closureDocs()
	for _, f := range builtins() {
		doc := FunctionDoc{Name: f.name, Text: f.text, Example: f.example, Result: f.result}
		for _, sig := range f.sigs {
			doc.Signatures = append(doc.Signatures, sig.text(f.name)+": "+sig.result.String())
		}
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b FunctionDoc) int { return strings.Compare(a.Name, b.Name) })
	return docs
}

// A Function is written in Go by an embedder.
type Function struct {
	Name string
	// Doc is one sentence.
	Doc string
	// Args are the types of the arguments, none of them optional.
	Args []Type
	// Result is the type of the result; Call's is coerced to it.
	Result Type
	// Call gets the Go values of Args. It is pure, quick and safe for concurrent
	// use; its error makes the expression fail and ends up in traces.
	Call func(args []any) (any, error)
}

// callFunc is a function as the machine calls it.
type callFunc func(r *run, args []any) (any, error)

// function is one that expressions can call.
type function struct {
	name, text      string
	example, result string
	sigs            []signature
	call            callFunc
	// bind replaces call where it depends on the types of the arguments.
	bind func(args []Type) (callFunc, Type)
	// literals checks arguments that are written out, such as the name of a
	// schedule. It reports what is wrong and returns false.
	literals func(c *checker, n callNode) bool
	// special replaces all checks.
	special func(c *checker, n callNode) checked
}

// signature is one way to call a function.
type signature struct {
	params []param
	result Type
	// variadic repeats the last parameter.
	variadic bool
}

type param struct {
	name string
	typ  Type
}

// takes reports whether a value fits: a date also where a datetime is wanted.
func (p param) takes(t Type) bool {
	return p.typ.Assignable(t) || p.typ.Kind == Datetime && t.Kind == Date
}

func (s signature) param(i int) param { return s.params[min(i, len(s.params)-1)] }

func (s signature) accepts(n int) bool {
	return n == len(s.params) || s.variadic && n > len(s.params)
}

// text writes the call for people: money(amount: number, currency: text).
func (s signature) text(name string) string {
	parts := make([]string, len(s.params))
	for i, p := range s.params {
		parts[i] = p.name + ": " + p.typ.String()
	}
	if s.variadic {
		parts = append(parts, "…")
	}
	return fmt.Sprintf("%s(%s)", name, strings.Join(parts, ", "))
}

func (f *function) match(args []checked) (signature, bool) {
	for _, sig := range f.sigs {
		if !sig.accepts(len(args)) {
			continue
		}
		fits := true
		for i, a := range args {
			fits = fits && sig.param(i).takes(a.typ)
		}
		if fits {
			return sig, true
		}
	}
	return signature{}, false
}

// sig makes a signature; params are pairs of a name and a Type or Kind.
func sig(result Type, params ...param) signature { return signature{params: params, result: result} }

func variadic(result Type, params ...param) signature {
	return signature{params: params, result: result, variadic: true}
}

func arg(name string, k Kind) param { return param{name, Of(k)} }

func listOf(name string, k Kind) param { return param{name, ListOf(Of(k))} }

// compile makes the function of an embedder one like ours.
func (f Function) compile() *function {
	s := signature{result: f.Result}
	for i, t := range f.Args {
		s.params = append(s.params, param{fmt.Sprintf("value %d", i+1), t})
	}
	return &function{
		name: f.Name, text: f.Doc, sigs: []signature{s},
		call: func(_ *run, args []any) (any, error) {
			v, err := f.Call(slices.Clone(args))
			if err == nil {
				v, err = f.Result.Coerce(v)
			}
			if err != nil {
				return nil, &callError{name: f.Name, err: err}
			}
			if v == nil {
				v = f.Result.Zero()
			}
			return v, nil
		},
	}
}

// callError is the error of an embedder's function.
type callError struct {
	name string
	err  error
}

func (e *callError) Error() string { return e.name + "(): " + e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// builtins returns our functions, by theme.
func builtins() []*function {
	return slices.Concat(
		textFunctions(), matchFunctions(), numberFunctions(), listFunctions(),
		timeFunctions(), scheduleFunctions(), conversationFunctions(),
	)
}

// forbidden says what to use instead of a function of expr, or of other
// languages, that flows do not have. It is "" for all others.
func forbidden(name string) string {
	switch name {
	case "reduce", "groupBy", "findIndex", "findLast", "findLastIndex", "flatten", "concat", "median", "take",
		"keys", "values", "toPairs", "fromPairs", "get", "type", "repeat", "uniq", "reverse", "timezone",
		"toBase64", "fromBase64", "indexOf", "lastIndexOf", "splitAfter", "trimPrefix", "trimSuffix",
		"bitand", "bitor", "bitxor", "bitnand", "bitnot", "bitshl", "bitshr", "bitushr":
		return "Use filter(), map(), sum(), count() or a handler in Go."
	case "fromJSON", "toJSON":
		return "Use json_path() to read from a JSON text."
	case "hasPrefix", "hasSuffix":
		return `Write text startsWith "…" or text endsWith "…".`
	case "length", "size":
		return "Use len()."
	case "toUpper", "uppercase", "toLower", "lowercase":
		return "Use upper() or lower()."
	case "empty", "isEmpty", "exists", "is_set", "defined":
		return "Use filled()."
	case "includes", "has":
		return `Write text contains "…", value in list, or has_word().`
	case "str", "text", "number", "num":
		return "Use string(), int() or float()."
	}
	return ""
}
