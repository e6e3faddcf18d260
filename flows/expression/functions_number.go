package expression

import (
	"math"
	"strconv"
	"strings"
)

func numberFunctions() []*function {
	return []*function{
		rounding("round", "The nearest whole number; halves go away from zero.", math.Round, "round(2.5)", "3"),
		rounding("floor", "The whole number below.", math.Floor, "floor(2.9)", "2"),
		rounding("ceil", "The whole number above.", math.Ceil, "ceil(2.1)", "3"),
		{
			name: "abs", text: "The number without its sign.",
			sigs:    []signature{sig(Of(Int), arg("number", Int)), sig(Of(Number), arg("number", Number))},
			example: "abs(-2)", result: "2",
			bind: func(args []Type) (callFunc, Type) {
				if args[0].Kind == Int {
					return func(_ *run, args []any) (any, error) { return max(intArg(args, 0), -intArg(args, 0)), nil }, Of(Int)
				}
				return func(_ *run, args []any) (any, error) { return math.Abs(numberArg(args, 0)), nil }, Of(Number)
			},
		},
		{
			name: "int", text: "The text or number as a whole number; what is behind the point is cut.",
			sigs:    []signature{sig(Of(Int), arg("text", Text)), sig(Of(Int), arg("number", Number))},
			example: `int("3") + 1`, result: "4",
			call: intCall,
		},
		{
			name: "float", text: "The text or number as a number.",
			sigs:    []signature{sig(Of(Number), arg("text", Text)), sig(Of(Number), arg("number", Number))},
			example: `float("2.5") * 2`, result: "5",
			call: floatCall,
		},
		{
			name: "money", text: "The amount with its currency, as the language of the conversation writes it.",
			sigs:    []signature{sig(Of(Text), arg("amount", Number), arg("currency", Text))},
			example: `30 | money("EUR")`, result: "€30.00",
			literals: currencyLiteral,
			call: func(r *run, args []any) (any, error) {
				return formatMoney(numberArg(args, 0), textArg(args, 1), r.env.Runtime.Language), nil
			},
		},
		extreme("min", "The least of the numbers.", "min(3, 1, 2)", "1", func(a, b float64) bool { return a < b }),
		extreme("max", "The greatest of the numbers.", "max(map(items, .price))", "30", func(a, b float64) bool { return a > b }),
		{
			name: "mean", text: "The average of a list of numbers.",
			sigs:    []signature{sig(Of(Number), listOf("list", Number))},
			example: "mean([1, 2, 6])", result: "3",
			call: func(_ *run, args []any) (any, error) {
				list := listArg(args, 0)
				total := 0.0
				for i := range list {
					total += numberArg(list, i)
				}
				if len(list) == 0 {
					return nil, failure("an empty list has no average")
				}
				return total / float64(len(list)), nil
			},
		},
	}
}

func rounding(name, text string, f func(float64) float64, example, result string) *function {
	return &function{
		name: name, text: text, example: example, result: result,
		sigs: []signature{sig(Of(Int), arg("number", Number))},
		call: func(_ *run, args []any) (any, error) { return whole(f(numberArg(args, 0))) },
	}
}

// whole makes an int of a number that is one.
func whole(f float64) (any, error) {
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return nil, failure("is too large a number")
	}
	return int(f), nil
}

func intCall(_ *run, args []any) (any, error) {
	s, ok := args[0].(string)
	if !ok {
		return whole(math.Trunc(numberArg(args, 0)))
	}
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
		return n, nil
	}
	f, err := parseNumber(s)
	if err != nil {
		return nil, err
	}
	return whole(math.Trunc(f))
}

func floatCall(_ *run, args []any) (any, error) {
	if s, ok := args[0].(string); ok {
		return parseNumber(s)
	}
	return numberArg(args, 0), nil
}

func parseNumber(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, failure("the text is not a number")
	}
	return f, nil
}

// extreme takes numbers one by one or as a list; whole ones stay whole.
func extreme(name, text, example, result string, better func(a, b float64) bool) *function {
	call := func(_ *run, args []any) (any, error) {
		if list, ok := args[0].([]any); ok {
			args = list
		}
		if len(args) == 0 {
			return nil, failure("an empty list has no " + name)
		}
		best := 0
		for i := range args {
			if better(numberArg(args, i), numberArg(args, best)) {
				best = i
			}
		}
		return args[best], nil
	}
	return &function{
		name: name, text: text, example: example, result: result,
		sigs: []signature{
			sig(Of(Int), listOf("list", Int)), sig(Of(Number), listOf("list", Number)),
			variadic(Of(Int), arg("number", Int), arg("number", Int)),
			variadic(Of(Number), arg("number", Number), arg("number", Number)),
		},
		call: call,
	}
}
