package expression

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func listFunctions() []*function {
	anyList := listOf("list", anyKind)
	return []*function{
		{
			name: "len", text: "How many elements a list or characters a text has.",
			sigs:    []signature{sig(Of(Int), anyList), sig(Of(Int), arg("text", Text))},
			example: "len(items)", result: "2",
			call: lenCall,
		},
		{
			name: "first", text: "The first element of a list; of an empty one it reads as unset.",
			sigs:    []signature{sig(Of(anyKind), anyList)},
			example: "first(items).sku", result: "L1",
			bind: func(args []Type) (callFunc, Type) { return endOf(args[0], false) },
		},
		{
			name: "last", text: "The last element of a list; of an empty one it reads as unset.",
			sigs:    []signature{sig(Of(anyKind), anyList)},
			example: "last(tags)", result: "vip",
			bind: func(args []Type) (callFunc, Type) { return endOf(args[0], true) },
		},
		{
			name: "sort", text: `The list in order, or from the last with "desc".`,
			sigs: []signature{
				sig(ListOf(Of(scalar)), listOf("list", scalar)),
				sig(ListOf(Of(scalar)), listOf("list", scalar), arg("order", Text)),
			},
			example: `sort(tags, "desc")`, result: "vip, new",
			literals: sortLiteral,
			bind:     func(args []Type) (callFunc, Type) { return sortCall, bare(args[0]) },
		},
		{
			name: "remove", text: "The list without the elements that equal a value.",
			sigs:    []signature{sig(ListOf(Of(anyKind)), anyList, arg("value", anyKind))},
			example: `remove(tags, "new")`, result: "vip",
			literals: removeTypes,
			bind:     func(args []Type) (callFunc, Type) { return removeCall, bare(args[0]) },
		},
		{
			name: "random_of", text: "One element of a list or one of the values, by chance; the same within a turn that is repeated.",
			sigs: []signature{
				sig(Of(anyKind), anyList),
				variadic(Of(Text), arg("value", Text), arg("value", Text)),
			},
			example: `random_of(["Hi!"])`, result: "Hi!",
			bind: randomCall,
		},
	}
}

// bare is a type of a value that is there.
func bare(t Type) Type {
	t.Maybe = false
	return t
}

func lenCall(r *run, args []any) (any, error) {
	if list, ok := args[0].([]any); ok {
		return len(list), nil
	}
	s := textArg(args, 0)
	return utf8.RuneCountInString(s), r.spendText(s)
}

func endOf(list Type, last bool) (callFunc, Type) {
	elem, _ := list.elem()
	found := foundOr(elem)
	return func(r *run, args []any) (any, error) {
		l := listArg(args, 0)
		switch {
		case len(l) == 0:
			return found(r, []any{nil})
		case last:
			return found(r, l[len(l)-1:])
		}
		return found(r, l[:1])
	}, bare(elem)
}

func sortLiteral(c *checker, n callNode) bool {
	if len(n.Arguments) < 2 {
		return true
	}
	if s, ok := literal(n.Arguments[1]); ok && (s == "asc" || s == "desc") {
		return true
	}
	c.report(n.Arguments[1], CodeArguments, "", `the order of sort() is "asc" or "desc"`)
	return false
}

func sortCall(r *run, args []any) (any, error) {
	list := slices.Clone(listArg(args, 0))
	if err := r.spend(8 * len(list)); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, compareValues)
	if len(args) > 1 && textArg(args, 1) == "desc" {
		slices.Reverse(list)
	}
	return list, nil
}

// compareValues orders values of one type; others are equal.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return strings.Compare(x, y)
	case time.Time:
		y, _ := b.(time.Time)
		return x.Compare(y)
	case time.Duration:
		y, _ := b.(time.Duration)
		return cmp.Compare(x, y)
	}
	return cmp.Compare(numberArg([]any{a}, 0), numberArg([]any{b}, 0))
}

// removeTypes rejects a value that no element can equal.
func removeTypes(c *checker, n callNode) bool {
	list, v := c.check(n.Arguments[0]), c.check(n.Arguments[1])
	elem, _ := list.typ.elem()
	if bad, ok := c.optionCheck(n.Arguments[1], elem, v.typ); ok {
		return bad.typ.Kind != invalid
	}
	if same(elem, v.typ) || elem.isNumber() && v.typ.isNumber() {
		return true
	}
	c.report(n.Arguments[1], CodeArguments, "", "remove() looks for %s in a list of %s", describe(v.typ), plainName(elem))
	return false
}

func removeCall(r *run, args []any) (any, error) {
	kept := []any{}
	for _, e := range listArg(args, 0) {
		ok, err := r.equal(e, args[1], 0)
		if err != nil {
			return nil, err
		}
		if !ok {
			kept = append(kept, e)
		}
	}
	return kept, nil
}

func randomCall(types []Type) (callFunc, Type) {
	result := Of(Text)
	if elem, ok := types[0].elem(); ok {
		result = bare(elem)
	}
	found := foundOr(result)
	return func(r *run, args []any) (any, error) {
		list := args
		if l, ok := args[0].([]any); ok {
			list = l
		}
		if len(list) == 0 {
			return found(r, []any{nil})
		}
		i := 0
		if rng := r.env.Runtime.Rand; rng != nil {
			i = rng.IntN(len(list))
		}
		return found(r, list[i:i+1])
	}, result
}
