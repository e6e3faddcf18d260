package expression

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// fuzzSeeds are sources of every form, right and wrong.
func fuzzSeeds() []string {
	seeds := []string{
		`seats > 3`, `order.eta < today()`, `a ?? b ?? c`, `1 < seats < 5`, `{a: {b: 1}}.a.b == 1`,
		`any(items, any(tags, # == "a"))`, `"` + strings.Repeat("x", 50), `((((((`, `))))`, `[[[[`, `{{{{`, `}}`,
		`order_no matches "(a+)+$"`, `1..5`, `let a = 1; a`, `if vip {1} else {2}`, `x?.y?.z`, `#`, `.`, `;`, `;;;`,
		`1;2`, `a | b() | c`, `not not vip`, `-"a"`, `nil`, `$env`, `::len(items)`, `b"abc"`, `0x1F`, `1e400`,
		`filter(items, {.price > 1; true})`, `map(items, #index)`, `sum(1..3, # * 2)`, `seats[1]`, `items[:][:1]`,
		`order_no not in ["a"]`, `true ? : 1`, `/* c */ vip // d`, "`raw`", `"\u00e9"`, `é == 1`, `"🐴" == order_no`,
		`count(vip)`, `sortBy(items)`, `find(items)`, `all()`, `sum()`, `map(items)`, `max()`, `random_of()`,
		`[]`, `{}`, `[1, "a", nil]`, `{"a": 1, a: 2}`, `{(order_no): 1}`, `items[0][0]`, `order.lines[0].sku.x`,
		`filled(filled(x))`, `label(label(topic))`, `(nil)`, `nil ?? nil`, `1 ?? 2`, `photo == place`, `[[1]] == [["a"]]`,
		`event.data`, `event.data + 1`, `len(event.data)`, `now`, `now()()`, `now().x`, `(now)()`, `[1][0]()`,
		`any(9223372036854775807..9223372036854775807, # > 1)`, `any(-3..-5, true)`,
	}
	for _, doc := range Functions() {
		seeds = append(seeds, doc.Example)
	}
	return seeds
}

func TestHostileExpressionsEndSoon(t *testing.T) {
	list := make([]any, MaxList)
	texts := make([]any, MaxList)
	for i := range list {
		list[i] = i
		texts[i] = strings.Repeat("a", 320)
	}
	cyclic := map[string]any{}
	cyclic["lines"] = []any{cyclic}
	env := &Env{Vars: map[string]any{
		"numbers": list, "tags": texts, "value": strings.Repeat("a ", maxText/2), "order_no": strings.Repeat("a", 4096),
		"order": cyclic,
	}, Runtime: testRuntime()}
	body := strings.Repeat(` and # > -1`, 30)
	for _, src := range []string{
		`len(map(numbers, map(numbers, map(1..2, #)))) > 0`,
		`all(numbers, all(numbers, # > -1` + body + `))`,
		`all(numbers, all(numbers, # > -1) and all(numbers, # > -1) and all(numbers, # > -1) and all(numbers, # > -1))`,
		`len(map(numbers, map(numbers, value + "x"))) > 0`,
		`len(map(numbers, map(numbers, numbers))) > 0`,
		`map(numbers, map(numbers, tags)) == map(numbers, map(numbers, tags))`,
		`all(tags, all(tags, # matches "(a|aa|aaa)*b?$"))`,
		`all(tags, all(tags, # contains "b") == false)`,
		`all(tags, all(tags, # == value or # == #))`,
		`all(tags, all(numbers, not has_phrase(value, "b c d")))`,
		`value matches "(x+x+)+y"`,
		`value matches "^([a-z]+ )*[0-9]{200}[a-z]{200}$"`,
		`order_no matches "(((a{30}){30}))*b"`,
		`len(replace(replace(replace(value, "a", value), "a", value), "a", value)) > 1`,
		`len(replace(value, "", value)) > 1`,
		`len(join(map(numbers, value), value)) > 1`,
		`len(split(value, "")) > 1`,
		`len(map(tags, split(#, ""))) > 1`,
		`string(map(numbers, map(numbers, tags))) == "x"`,
		`string(order.lines) == "x"`,
		`order.lines == order.lines`,
		`json_path(value, "a") == ""`,
		`all(tags, all(tags, json_path(#, "a") == ""))`,
		`upper(value + value) == ""`,
		`value + value + value + value == "x"`,
		`all(1..200, all(1..200, ` + strings.Repeat(`len(tags) > 0 and `, 20) + `true))`,
		`9223372036854775807 * 9223372036854775807 > 1`,
		`2 ** 100000 > 1`,
		`round(2 ** 1000) > 1`,
		`minutes(duration("1w") * 1e300) == ""`,
		`mask(value) == ""`,
		`any(sortBy(numbers, len(value)), # == -1)`,
		`all(1..200, any(sort(map(1..200, -#)), # == 7))`,
	} {
		name := src
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(name, func(t *testing.T) {
			p, problems := testScope().Condition(src)
			if len(problems) > 0 {
				return // refused before it runs
			}
			start := time.Now()
			_, err := p.Bool(env)
			took := time.Since(start)
			t.Logf("%v %v", took, err)
			if took > hostileLimit {
				t.Errorf("took %v (%v)", took, err)
			}
			for _, part := range p.Explain(env) {
				if len(part.Value) > 1000 {
					t.Errorf("the explanation has %d bytes", len(part.Value))
				}
			}
		})
	}
}

// hostileLimit leaves room for a slow and busy machine; what is not bounded takes
// minutes.
const hostileLimit = time.Second

func TestResultsThatContainThemselvesAreRefused(t *testing.T) {
	cyclic := map[string]any{"status": "x"}
	cyclic["lines"] = []any{cyclic}
	env := &Env{Vars: map[string]any{"order": cyclic}, Runtime: testRuntime()}
	p, _ := testScope().Value(`order.lines`)
	if _, err := p.Value(env); err == nil {
		t.Error("a cyclic value was returned")
	}
	typ := p.Type()
	self := []any{nil}
	self[0] = self
	deep := ListOf(typ)
	for range 40 {
		deep = ListOf(deep)
	}
	if _, err := deep.Coerce(self); err == nil {
		t.Error("a cyclic value was coerced")
	}
	deep.Encode(self)
	if s := Display(self, deep, testRuntime()); len(s) > maxText {
		t.Error("a cyclic value was written")
	}
}

func TestErrorsOfARunAreShort(t *testing.T) {
	p, problems := testScope().Condition(`all(numbers, all(numbers, all([1], # > 0)))`)
	if len(problems) == 0 {
		t.Fatal("nesting is not limited", p)
	}
	for src, want := range map[string]string{
		`len(map(numbers, map(numbers, value + "x"))) > 0`: "takes too long",
		`len(map(numbers, map(numbers, [#,#]))) > 0`:       "makes too long a text or list",
		`value + value == ""`:                              "makes too long a text or list",
	} {
		list := make([]any, MaxList)
		for i := range list {
			list[i] = i
		}
		env := &Env{Vars: map[string]any{"numbers": list, "value": strings.Repeat("a", maxText-1)}, Runtime: testRuntime()}
		p, problems := testScope().Condition(src)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if ok, err := p.Bool(env); ok || err == nil || err.Error() != want {
			t.Errorf("%s: %v %v, want %q", src, ok, err, want)
		}
	}
}

func FuzzCondition(f *testing.F) {
	for _, src := range fuzzSeeds() {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		defer endsSoon(src)()
		p, problems := testScope().Condition(src)
		checkProblems(t, src, problems)
		if (p == nil) == (len(problems) == 0) {
			t.Fatal("neither a program nor a problem, or both")
		}
		if p == nil {
			return
		}
		for _, env := range []*Env{testEnv(), emptyEnv()} {
			if ok, err := p.Bool(env); ok && err != nil {
				t.Fatalf("true although it failed: %v", err)
			}
			p.Explain(env)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, src := range fuzzSeeds() {
		f.Add("Hi ${ " + src + " }!")
		f.Add("${" + src + "}")
	}
	for _, src := range []string{"$${ x }", "${", "${ \"}\" }", "{{ x }}", "${{ x }}", "a } b", "${}", "${ {a: {b: 1}} }", "$$${x}"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		defer endsSoon(src)()
		text, problems := testScope().Text(src)
		checkProblems(t, src, problems)
		if (text == nil) == (len(problems) == 0) {
			t.Fatal("neither a text nor a problem, or both")
		}
		if text == nil {
			return
		}
		for _, env := range []*Env{testEnv(), emptyEnv()} {
			s, _ := text.Text(env)
			if len(s) > maxText {
				t.Fatalf("%d bytes", len(s))
			}
			v, err := text.Value(env)
			if err == nil && v != nil {
				if _, err := text.Type().Coerce(v); err != nil && !text.Type().isList() && !text.Type().isRecord() {
					t.Fatalf("%#v is not %s: %v", v, text.Type(), err)
				}
			}
		}
	})
}

// endsSoon makes a source that hangs one that is reported: the fuzzer keeps the
// input of a process that dies.
func endsSoon(src string) (stop func()) {
	timer := time.AfterFunc(10*time.Second, func() { panic(fmt.Sprintf("does not end: %q", src)) })
	return func() { timer.Stop() }
}

func checkProblems(t *testing.T, src string, problems []Problem) {
	t.Helper()
	n := len([]rune(src))
	for _, p := range problems {
		if p.From < 0 || p.To < p.From || p.To > n {
			t.Fatalf("%d-%d is not within %d: %s", p.From, p.To, n, p.Message)
		}
		if p.Message == "" || Codes()[p.Code] == "" {
			t.Fatalf("incomplete: %+v", p)
		}
	}
}

func TestFuzzSeedsNeitherPanicNorContradict(t *testing.T) {
	for i, src := range fuzzSeeds() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			_, problems := testScope().Condition(src)
			checkProblems(t, src, problems)
		})
	}
}
