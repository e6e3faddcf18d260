package expression

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEveryFunctionIsDocumentedAndItsExampleRuns(t *testing.T) {
	seen := map[string]bool{}
	for _, doc := range Functions() {
		t.Run(doc.Name, func(t *testing.T) {
			if seen[doc.Name] {
				t.Fatal("documented twice")
			}
			seen[doc.Name] = true
			if len(doc.Signatures) == 0 || !strings.HasSuffix(doc.Text, ".") || doc.Example == "" {
				t.Fatalf("incomplete: %+v", doc)
			}
			if got := show(t, testEnv(), doc.Example); got != doc.Result {
				t.Errorf("%s = %q, want %q", doc.Example, got, doc.Result)
			}
			if !strings.Contains(doc.Example, doc.Name+"(") {
				t.Errorf("the example does not call %s", doc.Name)
			}
		})
	}
}

func TestEmbeddersAddFunctions(t *testing.T) {
	parent := testScope()
	s := parent.With("zip", Of(Text))
	err := s.AddFunction(Function{
		Name: "region", Doc: "The region of a post code.", Args: []Type{Of(Text), Of(Number)}, Result: Of(Text),
		Call: func(args []any) (any, error) {
			switch args[0] {
			case "":
				return nil, errors.New("there is no post code")
			case "panic":
				panic("no")
			case "wrong":
				return 3, nil
			}
			return args[0].(string) + "/" + numberText(args[1].(float64)), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, problems := s.Value(`zip | region(1)`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for zip, want := range map[string]string{
		"10115": "10115/1 <nil>",
		"":      "<nil> region(): there is no post code",
		"wrong": "<nil> region(): is a number, not text",
		"panic": "<nil> a value does not have its declared type",
	} {
		v, err := p.Value(&Env{Vars: map[string]any{"zip": zip}, Runtime: testRuntime()})
		if got := fmt.Sprint(v, " ", err); strings.ReplaceAll(got, "  ", " ") != want {
			t.Errorf("%q: got %s, want %s", zip, got, want)
		}
	}
	if _, problems := s.Value(`region(1, 2)`); len(problems) != 1 || problems[0].Code != CodeArguments {
		t.Errorf("types are not checked: %+v", problems)
	}
	if _, problems := parent.Value(`region("a", 2)`); len(problems) == 0 {
		t.Error("the parent has the function of its child")
	}
}

func TestAddFunctionRefusesWhatCannotWork(t *testing.T) {
	call := func([]any) (any, error) { return nil, nil }
	for _, f := range []Function{
		{Name: "", Result: Of(Text), Call: call},
		{Name: "not", Result: Of(Text), Call: call},
		{Name: "a b", Result: Of(Text), Call: call},
		{Name: "len", Result: Of(Text), Call: call},
		{Name: "reduce", Result: Of(Text), Call: call},
		{Name: "mine", Result: Of(Text)},
		{Name: "mine", Call: call},
		{Name: "mine", Result: Of("string"), Call: call},
		{Name: "mine", Result: Of(Text), Args: []Type{{Kind: List}}, Call: call},
	} {
		if err := NewScope().AddFunction(f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}

func TestScopesAreTheirOwn(t *testing.T) {
	s := NewScope()
	s.Declare("b", Of(Int))
	child := s.With("a", Of(Text)).With("b", Of(Text))
	if got := strings.Join(child.Names(), " "); got != "a b" {
		t.Errorf("names %s", got)
	}
	if got := strings.Join(s.Names(), " "); got != "b" {
		t.Errorf("the parent has %s", got)
	}
	if typ, _ := s.Lookup("b"); typ.Kind != Int {
		t.Error("the parent changed")
	}
	if typ, ok := child.Lookup("b"); !ok || typ.Kind != Text {
		t.Error("the child did not")
	}
	if _, problems := child.Condition(`b == "x"`); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestChanceIsThatOfTheTurn(t *testing.T) {
	p, _ := testScope().Value(`random_of("a", "b", "c", "d", "e") + random_of(tags)`)
	first, _ := p.Value(testEnv())
	again, _ := p.Value(testEnv())
	if first != again {
		t.Errorf("%v, then %v", first, again)
	}
	seen := map[any]bool{}
	env := testEnv()
	for range 50 {
		v, _ := p.Value(env)
		seen[v] = true
	}
	if len(seen) < 5 {
		t.Errorf("only %v came", seen)
	}
}

func TestWordsAreFound(t *testing.T) {
	for src, want := range map[string]string{
		`has_word("CAFÉS", "cafe")`:                        "true",
		`has_word("border", "order")`:                      "false",
		`has_word("", "order")`:                            "false",
		`has_phrase("talk-to a person", "to a person")`:    "false",
		`has_phrase("I talk to a PERSON.", "to a person")`: "true",
		`has_phrase("persons", ["a person", "person"])`:    "true",
		`has_phrase("to a", "to a person")`:                "false",
		`has_phrase("x", "")`:                              "false",
	} {
		if got := show(t, testEnv(), src); got != want {
			t.Errorf("%s: got %s", src, got)
		}
	}
}

// TestAnInnerScopeKeepsItsNamesToItself: scopes inside of one have its names and do
// not see those of each other.
func TestAnInnerScopeKeepsItsNamesToItself(t *testing.T) {
	outer := NewScope()
	outer.Declare("a", Of(Text))
	one, other := outer.Inner(), outer.Inner()
	one.Declare("b", Of(Int))
	other.Declare("a", Of(Bool))
	for _, c := range []struct {
		scope *Scope
		names string
		a     Kind
	}{{outer, "a", Text}, {one, "a b", Text}, {other, "a", Bool}, {one.With("c", Of(Int)), "a b c", Text}, {one.Inner(), "a b", Text}} {
		a, _ := c.scope.Lookup("a")
		if got := strings.Join(c.scope.Names(), " "); got != c.names || a.Kind != c.a {
			t.Errorf("the names are %q and a is %s, not %q and %s", got, a, c.names, c.a)
		}
	}
	if p, problems := other.Condition("a"); p == nil {
		t.Error(problems)
	}
	if p, _ := other.Value("b"); p != nil {
		t.Error("a scope reads a name of another")
	}
}
