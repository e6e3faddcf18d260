package expression

import (
	"math"
	"regexp"
	"strings"
	"time"
)

// These are the operators of expr that need care: they pay for walks over texts
// and lists, or have results that expr's own have not.

func loopCall(weight int) callFunc {
	return func(r *run, args []any) (any, error) {
		list, ok := args[0].([]any)
		if !ok {
			return nil, errBad
		}
		list = cutList(list)
		return list, r.spend(len(list) * weight)
	}
}

func concatCall(r *run, args []any) (any, error) {
	a, b := textArg(args, 0), textArg(args, 1)
	if len(a)+len(b) > maxText {
		return nil, errLarge
	}
	return a + b, r.spendText(a, b)
}

func withinCall(operator string) callFunc {
	test := strings.Contains
	switch operator {
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	}
	return func(r *run, args []any) (any, error) {
		s := textArg(args, 0)
		return test(s, textArg(args, 1)), r.spendText(s)
	}
}

func matchesCall(re *regexp.Regexp, weight int) callFunc {
	return func(r *run, args []any) (any, error) {
		s := textArg(args, 0)
		if err := r.spend(len(s) * weight / 16); err != nil {
			return nil, err
		}
		return re.MatchString(s), nil
	}
}

func orderTexts(operator string) callFunc {
	return func(r *run, args []any) (any, error) {
		a, b := textArg(args, 0), textArg(args, 1)
		if err := r.spend(min(len(a), len(b)) / 256); err != nil {
			return nil, err
		}
		switch operator {
		case "<":
			return a < b, nil
		case "<=":
			return a <= b, nil
		case ">":
			return a > b, nil
		}
		return a >= b, nil
	}
}

func divideCall(_ *run, args []any) (any, error) {
	by := numberArg(args, 1)
	if by == 0 {
		return nil, failure("divides by zero")
	}
	return numberArg(args, 0) / by, nil
}

func moduloCall(_ *run, args []any) (any, error) {
	by := intArg(args, 1)
	if by == 0 {
		return nil, failure("divides by zero")
	}
	return intArg(args, 0) % by, nil
}

// timesCall keeps fractions: an hour times 1.5 is 90 minutes.
func timesCall(_ *run, args []any) (any, error) {
	d, _ := args[0].(time.Duration)
	product := float64(d) * numberArg(args, 1)
	if math.IsNaN(product) || math.Abs(product) >= math.MaxInt64 {
		return nil, failure("is too long a duration")
	}
	return time.Duration(product), nil
}

func laterCall(sign time.Duration) callFunc {
	return func(_ *run, args []any) (any, error) {
		t, _ := args[0].(time.Time)
		d, _ := args[1].(time.Duration)
		return t.Add(sign * d), nil
	}
}

func elementOf(elem Type) callFunc {
	return func(_ *run, args []any) (any, error) {
		list, _ := args[0].([]any)
		i := intArg(args, 1)
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil, failure("the list has no such element")
		}
		return adapt(list[i], elem)
	}
}

// foundOr makes what was not found read as unset.
func foundOr(elem Type) callFunc {
	zero := elem.Zero()
	return func(_ *run, args []any) (any, error) {
		switch {
		case args[0] != nil:
			return adapt(args[0], elem)
		case zero == nil:
			return nil, failure("nothing was found")
		}
		return zero, nil
	}
}

func sliceText(r *run, args []any) (any, error) {
	s := textArg(args, 0)
	if err := r.spendText(s); err != nil {
		return nil, err
	}
	runes := []rune(s)
	from, to := bounds(args, len(runes))
	return string(runes[from:to]), nil
}

func sliceList(_ *run, args []any) (any, error) {
	list, _ := args[0].([]any)
	from, to := bounds(args, len(list))
	return list[from:to:to], nil
}

// bounds reads the ends of [a:b]; negative ones count from the end, and those
// outside are moved in.
func bounds(args []any, length int) (from, to int) {
	from, to = 0, length
	if i, ok := args[1].(int); ok {
		from = i
	}
	if i, ok := args[2].(int); ok {
		to = i
	}
	if from < 0 {
		from += length
	}
	if to < 0 {
		to += length
	}
	to = min(max(to, 0), length)
	return min(max(from, 0), to), to
}

func inCall(r *run, args []any) (any, error) {
	list, _ := args[1].([]any)
	for _, e := range list {
		ok, err := r.equal(args[0], e, 0)
		if err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

func equalCall(r *run, args []any) (any, error) { return r.equal(args[0], args[1], 0) }

// equal compares values as authors mean it: 3 is 3.0, a time is the same in
// every zone. It pays as it goes, since one list may be in another many times.
func (r *run) equal(a, b any, depth int) (bool, error) {
	if err := r.spend(1); err != nil || depth > maxDepth {
		return false, errWork
	}
	switch a := a.(type) {
	case string:
		s, ok := b.(string)
		if !ok || len(a) != len(s) {
			return false, nil
		}
		return a == s, r.spend(len(a) / 256)
	case time.Time:
		t, ok := b.(time.Time)
		return ok && a.Equal(t), nil
	case int:
		if f, ok := b.(float64); ok {
			return float64(a) == f, nil
		}
	case float64:
		if i, ok := b.(int); ok {
			return a == float64(i), nil
		}
	case []any:
		return r.equalLists(a, b, depth)
	case map[string]any:
		return r.equalRecords(a, b, depth)
	}
	switch b.(type) {
	case []any, map[string]any: // these panic when compared
		return false, nil
	}
	return a == b, nil
}

func (r *run) equalLists(a []any, other any, depth int) (bool, error) {
	b, ok := other.([]any)
	if !ok || len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if ok, err := r.equal(a[i], b[i], depth+1); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (r *run) equalRecords(a map[string]any, other any, depth int) (bool, error) {
	b, ok := other.(map[string]any)
	if !ok || len(a) != len(b) {
		return false, nil
	}
	for name, v := range a {
		w, ok := b[name]
		if !ok {
			return false, nil
		}
		if ok, err := r.equal(v, w, depth+1); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// The arguments of calls were checked when the source was compiled; a value that
// is not of its declared type reads as zero here.

func textArg(args []any, i int) string {
	s, _ := args[i].(string)
	return s
}

func intArg(args []any, i int) int {
	n, _ := args[i].(int)
	return n
}

func numberArg(args []any, i int) float64 {
	switch n := args[i].(type) {
	case float64:
		return n
	case int:
		return float64(n)
	}
	return 0
}

func listArg(args []any, i int) []any {
	list, _ := args[i].([]any)
	return list
}

func timeArg(args []any, i int) time.Time {
	t, _ := args[i].(time.Time)
	return t
}

func durationArg(args []any, i int) time.Duration {
	d, _ := args[i].(time.Duration)
	return d
}
