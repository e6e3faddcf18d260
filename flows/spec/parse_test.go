package spec

import (
	"strings"
	"testing"
)

func TestTextsStayAsWritten(t *testing.T) {
	for src, c := range map[string]struct {
		text         string
		number, flag bool
	}{
		"0123":                {"0123", false, false},
		"1.10":                {"1.10", true, false},
		"+84901":              {"+84901", false, false},
		"1_000":               {"1_000", false, false},
		"0x10":                {"0x10", false, false},
		"2026-03-04":          {"2026-03-04", false, false},
		"12:30":               {"12:30", false, false},
		"yes":                 {"yes", false, false},
		"True":                {"True", false, false},
		"true":                {"true", false, true},
		"-1.5e3":              {"-1.5e3", true, false},
		".inf":                {".inf", false, false},
		`"1"`:                 {"1", false, false},
		`"true"`:              {"true", false, false},
		"'it''s'":             {"it's", false, false},
		`"a\tb"`:              {"a\tb", false, false},
		"x#y":                 {"x#y", false, false},
		"https://x.test/?a=b": {"https://x.test/?a=b", false, false},
		"<<":                  {"<<", false, false},
	} {
		r := NewReport()
		n := Parse(r, "f.yaml", []byte("v: "+src+"\n")).Get("v")
		if n.Kind() != Scalar || n.Text() != c.text || n.IsNumber() != c.number || n.IsBool() != c.flag {
			t.Errorf("%s: kind %v, text %q, number %v, bool %v", src, n.Kind(), n.Text(), n.IsNumber(), n.IsBool())
		}
		if quoted := strings.ContainsAny(src[:1], `'"`); n.Quoted() != quoted {
			t.Errorf("%s: quoted is %v", src, n.Quoted())
		}
		if len(r.Diagnostics()) > 0 {
			t.Errorf("%s: %v", src, r.Diagnostics())
		}
	}
}

// What authors may well write and YAML reads as they mean it.
const fine = `# yaml-language-server: $schema=./flow.schema.json
---
flow: support      # id
description: >
  What the bot does

    and more
  for a customer.
start:
- words: [help, support, order status]   # whole words
  priority: 50 # higher first
- match: "^/start( (?P<came_from>.+))?$"
params: {came_from: text = direct, n: int}     # from call
vars: {basket: [{sku: text, qty: int}]}
schedules:
  hours: {mon-fri: "09:00-17:00", sat: ["10:00-12:00",
    "13:00-14:00"]}
  holidays: [
    2026-12-25,   # Christmas
    2026-12-26
  ]
steps:
  - ask: topic
    text: Hi ${ contact.first_name ?? "there" }, what do you need?
    options:
      - {id: another, label: Another item, goto: line}
      - id: order

        label: Track an order (or two)
        # a comment between
        hint: 'It''s "quick"'
    check: any(words, {# == "x"}) and value matches "^[A-Z]-[0-9]{4}$"
    invalid: |
      Not: a key
      - not an item # nor a comment
        {{1}} is for templates only
    max_tries: 3
    on_timeout:
    - say: I am closing this for now. Write "menu" any time.
    - end
  - http: GET https://api.shop.example/v1/orders/${ order_no }?a=b#c
    headers:
      "Content-Type": text/plain
      Authorization: Bearer ${ secret.SHOP_TOKEN }
  - say: A long text
      that goes on - here
      and: here
  - "end"
  - - nested
    -
      - deeper
  -   wide: mark
      other: key
  - note: a "b" c'd
  - {a: "b, c", d: ["${ e }"], f: 'g?'}
  - say: "two
      lines"
  - text: ">= 3"
...
`

func TestOrdinaryYAMLHasNoTraps(t *testing.T) {
	src := strings.Replace(fine, "      and: here\n", "      and \"here\"x\n", 1)
	r := NewReport()
	if n := Parse(r, "f.yaml", []byte(src)); n.Get("steps").Kind() != List {
		t.Error("the steps are lost")
	}
	for _, d := range r.Diagnostics() {
		t.Error(d)
	}
	scanned := NewReport()
	newScanner(scanned, scanned.addFile("f.yaml", src)).run()
	for _, d := range scanned.Diagnostics() {
		t.Error("scanner:", d)
	}
}

func TestAMistakeIsFoundInOrdinaryYAML(t *testing.T) {
	r := NewReport()
	if n := Parse(r, "f.yaml", []byte(fine)); n != nil {
		t.Error("a refused file has a node")
	}
	found := r.Diagnostics()
	if len(found) != 1 || found[0].Code != "E111" || found[0].Line != 47 || found[0].Column != 7 {
		t.Errorf("%v", found)
	}
}

func TestParseAllReadsDocuments(t *testing.T) {
	r := NewReport()
	docs := ParseAll(r, "t.yaml", []byte("# first\ntest: a\n---\n---\n# only a comment\n---\ntest: b\n"))
	if len(docs) != 2 || docs[0].Get("test").Text() != "a" || docs[1].Get("test").Pos().Line != 7 {
		t.Errorf("%d documents, %v", len(docs), r.Diagnostics())
	}
	if docs := ParseAll(r, "empty.yaml", nil); docs != nil || r.Failed() {
		t.Errorf("an empty file has %d documents, %v", len(docs), r.Diagnostics())
	}
}

func TestRepeatedKeysKeepTheFirst(t *testing.T) {
	r := NewReport()
	n := Parse(r, "f.yaml", []byte("a: 1\n\"a\": 2\n"))
	if n.Get("a").Text() != "1" || len(n.Pairs()) != 1 {
		t.Errorf("%v", n.Pairs())
	}
	want := `f.yaml:2:1  E102  the key "a" is here twice, first at line 1, column 1. Keep one of them.`
	if d := r.Diagnostics(); len(d) != 1 || d[0].String() != want {
		t.Errorf("%v", d)
	}
}

// A line may be as long as a file; what is done per place on it must not read
// all of it each time.
func TestLongLinesAreReadOnce(t *testing.T) {
	for _, unit := range []string{"!a, ", "{a: b}, ", "${ a, ", `"\q" `, `("\"`, "a?, "} {
		r := NewReport()
		Parse(r, "f.yaml", []byte("x: ["+strings.Repeat(unit, 200_000/len(unit))+"]\n"))
		if len(r.Diagnostics()) > MaxPerFile {
			t.Errorf("%q gives %d diagnostics", unit, len(r.Diagnostics()))
		}
	}
}

func TestLimitsAreReported(t *testing.T) {
	for name, src := range map[string]string{
		"size":           "a: " + strings.Repeat("x", MaxFile),
		"depth":          strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
		"depth of YAML":  strings.Repeat("[", 20_000),
		"depth of lists": strings.Repeat("- ", 20_000) + "x",
	} {
		r := NewReport()
		Parse(r, "f.yaml", []byte(src))
		found := r.Diagnostics()
		if len(found) != 1 || (found[0].Code != "E109" && found[0].Code != "E114") {
			t.Errorf("%s: %v", name, found)
		}
	}
	r := NewReport()
	if Parse(r, "f.yaml", []byte(strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth))); r.Failed() {
		t.Errorf("the limit itself: %v", r.Diagnostics())
	}
}
