package expression

import (
	"fmt"
	"strings"
	"testing"
)

func TestTextsAreFilledIn(t *testing.T) {
	for _, tt := range []struct{ src, want, unset string }{
		{`Hello`, `Hello`, `Hello`},
		{``, ``, ``},
		{`Hi ${ contact.first_name ?? "there" }!`, `Hi Ann!`, `Hi there!`},
		{`${order_no}`, `A-1234`, ``},
		{`${seats} seats`, `3 seats`, `0 seats`},
		{`Due ${ due }.`, `Due 6 March 2026.`, `Due .`},
		{`$${ order_no } costs $5`, `${ order_no } costs $5`, `${ order_no } costs $5`},
		{`$$${ order_no }`, `$${ order_no }`, `$${ order_no }`},
		{`$ {x} { y } }`, `$ {x} { y } }`, `$ {x} { y } }`},
		{`${ "}" }${ '}' }${ {a: {b: order_no}}.a.b }`, `}}A-1234`, `}}`},
		{`${ "a \" } b" }`, `a " } b`, `a " } b`},
		{`${ contact.first_name + "'s" }`, `Ann's`, `'s`},
		{`${ vip ? "VIP" : "guest" }, ${ tags }`, `VIP, new, vip`, `guest, `},
		{"two\nlines ${ seats }", "two\nlines 3", "two\nlines 0"},
		{`žluť ${ order_no } 🐴`, `žluť A-1234 🐴`, `žluť  🐴`},
	} {
		t.Run(tt.src, func(t *testing.T) {
			text, problems := testScope().Text(tt.src)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got, errs := text.Text(testEnv()); got != tt.want || len(errs) > 0 {
				t.Errorf("got %q %v, want %q", got, errs, tt.want)
			}
			if got, _ := text.Text(emptyEnv()); got != tt.unset {
				t.Errorf("without values: got %q, want %q", got, tt.unset)
			}
		})
	}
}

func TestMistakesInTextsHaveTheirPlace(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want []string // code, what it points at, part of the fix
	}{
		{`Hi ${ seat } and ${ order.statu }`, []string{
			CodeName, `seat`, `"seats"`, CodeField, `statu`, `"status"`,
		}},
		{`žluť 🐴 ${   seat}`, []string{CodeName, `seat`, `"seats"`}},
		{`{{ order_no }} ${ seat }`, []string{CodeBraces, `{{ order_no }}`, `Write ${ order_no }.`, CodeName, `seat`, ``}},
		{`${{ order_no }}`, []string{CodeBraces, `${{ order_no }}`, `Write ${ order_no }.`}},
		{`Hi ${ order_no`, []string{CodeUnclosed, `${`, `$${`}},
		{`Hi ${`, []string{CodeUnclosed, `${`, `$${`}},
		{`Hi ${ } and ${}`, []string{CodeEmpty, `${ }`, `$${`, CodeEmpty, `${}`, `$${`}},
		{`Hi ${ order_no == "a }`, []string{CodeSyntax, `"`, ``}},
		{`${ seats = 3 } ${ order_no + seats }`, []string{
			CodeSyntax, `=`, `==`, CodeType, `order_no + seats`, `string(x)`,
		}},
		{`${ topic == "biling" ? "a" : "b" }`, []string{CodeOption, `"biling"`, `"billing"`}},
	} {
		t.Run(tt.src, func(t *testing.T) {
			text, problems := testScope().Text(tt.src)
			if text != nil || len(problems) != len(tt.want)/3 {
				t.Fatalf("found %+v", problems)
			}
			for i, p := range problems {
				want := tt.want[3*i : 3*i+3]
				if p.Code != want[0] || place(tt.src, p) != want[1] || !strings.Contains(p.Fix, want[2]) {
					t.Errorf("got %s at %q, fix %q; want %q", p.Code, place(tt.src, p), p.Fix, want)
				}
			}
		})
	}
}

func TestExactlyOneExpressionKeepsItsType(t *testing.T) {
	for _, tt := range []struct {
		src, typ string
		want     any
	}{
		{`${ seats }`, "int", 3},
		{`${ seats } `, "text", "3 "},
		{`${seats}${seats}`, "text", "33"},
		{`plain`, "text", "plain"},
		{`${ mail }`, "email", nil},
		{`${ place }`, "location", nil},
		{`${ place.latitude }`, "number", nil},
		{`${ photo.url }`, "text", nil},
		{`${ len(mail) }`, "int", 0},
	} {
		text, problems := testScope().Text(tt.src)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got, err := text.Value(testEnv())
		if err != nil || got != tt.want || text.Type().String() != tt.typ {
			t.Errorf("%s: got %#v of %s (%v), want %#v of %s", tt.src, got, text.Type(), err, tt.want, tt.typ)
		}
	}
}

func TestAFailingExpressionLeavesTheRestOfTheText(t *testing.T) {
	text, _ := testScope().Text(`a ${ order.eta } b ${ int(order_no) } c ${ order_no }`)
	got, errs := text.Text(emptyEnv())
	if got != "a  b  c " || fmt.Sprint(errs) != "[order.eta is unset the text is not a number]" {
		t.Errorf("got %q %v", got, errs)
	}
	if v, err := text.Value(emptyEnv()); err == nil || v != "a  b  c " {
		t.Errorf("got %v %v", v, err)
	}
}

func TestPartsCoverTheSource(t *testing.T) {
	const src = `Hé ${ order_no }, $${x} ${ seats }`
	text, _ := testScope().Text(src)
	runes, joined := []rune(src), ""
	for _, part := range text.Parts() {
		joined += string(runes[part.From:part.To])
		if part.Program != nil && part.Literal != "" {
			t.Error("a part is both")
		}
	}
	if joined != src {
		t.Errorf("got %q", joined)
	}
	if got := strings.Join(text.Reads(), " "); got != "order_no seats" {
		t.Errorf("reads %s", got)
	}
	if _, ok := text.Literal(); ok {
		t.Error("a text with expressions is no literal")
	}
	plain, _ := testScope().Text(`$${x}`)
	if s, ok := plain.Literal(); !ok || s != "${x}" {
		t.Errorf("got %q %v", s, ok)
	}
}

func TestExplainShowsEveryPartWithItsValues(t *testing.T) {
	p, problems := testScope().Condition(
		`seats > 200 and (order.status == "shipped" or not contact.opted_out) and not (vip and len(tags) > 5) ` +
			`and secret.TOKEN != "" and order.eta < today()`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	env := testEnv()
	delete(env.Vars["order"].(map[string]any), "eta")
	var lines []string
	for _, part := range p.Explain(env) {
		lines = append(lines, fmt.Sprintf("%s | %s | %v", part.Source, part.Value, part.OK))
	}
	want := []string{
		`seats > 200 | false (seats = 3) | false`,
		`order.status == "shipped" | true (order.status = "shipped") | true`,
		`not contact.opted_out | true (contact.opted_out = unset) | true`,
		`vip | true (vip = true) | true`,
		`len(tags) > 5 | false (tags = a list of 2) | false`,
		`secret.TOKEN != "" | true (secret.TOKEN = •••) | true`,
		`order.eta < today() | false (order.eta is unset) | false`,
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestExplainKeepsLongTextsShort(t *testing.T) {
	p, _ := testScope().Condition(`has_word(order_no, "x") and due > today()`)
	env := testEnv()
	env.Vars["order_no"] = strings.Repeat("word ", 1000)
	parts := p.Explain(env)
	if len(parts) != 2 || len([]rune(parts[0].Value)) > 80 {
		t.Errorf("got %+v", parts)
	}
	if parts[1].Value != "true (due = 2026-03-06)" {
		t.Errorf("got %s", parts[1].Value)
	}
}

func TestProgramsRunConcurrently(t *testing.T) {
	p, _ := testScope().Condition(`order.status == "shipped" and has_word(event.text, "order") and any(items, .price > 20)`)
	done := make(chan bool)
	for range 4 {
		go func() {
			env := testEnv()
			ok := true
			for range 200 {
				held, err := p.Bool(env)
				ok = ok && held && err == nil && len(p.Explain(env)) == 3
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("a run failed")
		}
	}
}
