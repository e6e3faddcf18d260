package spec

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	g := testGrammar()
	data, err := Schema("A flow", g.root, g.verbs)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("flow.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("flow.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSchemaAcceptsWhatTheLoaderAccepts(t *testing.T) {
	schema := compiledSchema(t)
	for name, c := range map[string]struct {
		src  string
		good bool
	}{
		"hello":                    {"flow: a\nsteps:\n  - say: Hello\n", true},
		"number where text":        {"flow: a\nsteps:\n  - say: 1.10\n", true},
		"map for text":             {"flow: a\nsteps:\n  - say: {text: Hi, any_of: [a, b]}\n", true},
		"bare word":                {"flow: a\nsteps:\n  - end\n", true},
		"bare word as a map":       {"flow: a\nsteps:\n  - end:\n    if: x\n", true},
		"branches":                 {"flow: a\nsteps:\n  - if: x > 1\n    then:\n      - if: y\n        then:\n          - end\n    else:\n      - goto: b\n", true},
		"if on a step":             {"flow: a\nsteps:\n  - goto: b\n    if: x\n", true},
		"options":                  {"flow: a\nsteps:\n  - ask: x\n    options: [a, {id: b, goto: c}]\n    timeout: 1h30m\n    on_timeout:\n      - end\n", true},
		"status":                   {"flow: a\nsteps:\n  - http: GET https://x.test\n    json: [1, {a: b}]\n    on_404: agent\n", true},
		"starts":                   {"flow: a\nstart: [{words: help}, {words: [a, b], priority: 3, fallback: true}]\nparams: {a: text}\nholidays: [2026-12-25]\nsteps: []\n", true},
		"no steps":                 {"flow: a\n", false},
		"unknown key":              {"flow: a\ncolour: red\nsteps: []\n", false},
		"unknown key in a step":    {"flow: a\nsteps:\n  - ask: x\n    colour: red\n", false},
		"unknown word":             {"flow: a\nsteps:\n  - stop\n", false},
		"two verbs":                {"flow: a\nsteps:\n  - say: x\n    ask: y\n", false},
		"no verb":                  {"flow: a\nsteps:\n  - id: x\n", false},
		"duration":                 {"flow: a\ngather: 5 minutes\nsteps: []\n", false},
		"empty duration":           {"flow: a\ngather: ''\nsteps: []\n", false},
		"id":                       {"flow: A-b\nsteps: []\n", false},
		"enum":                     {"flow: a\non_upgrade: never\nsteps: []\n", false},
		"bool":                     {"flow: a\nstart: {fallback: 'yes'}\nsteps: []\n", false},
		"whole number":             {"flow: a\nstart: {priority: 1.5}\nsteps: []\n", false},
		"list for text":            {"flow: a\nsteps:\n  - say: [a]\n", false},
		"missing key in an option": {"flow: a\nsteps:\n  - ask: x\n    options: [{label: a}]\n", false},
		"status that is none":      {"flow: a\nsteps:\n  - http: GET https://x.test\n    on_999: agent\n", false},
		"value that is missing":    {"flow: a\nsteps:\n  - set: {x: }\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			n := Parse(NewReport(), "f.yaml", []byte(c.src))
			if err := schema.Validate(n.plain()); (err == nil) != c.good {
				t.Errorf("schema: %v", err)
			}
			if r := testGrammar().load("f.yaml", []byte(c.src)); r.Failed() == c.good && name != "two verbs" {
				t.Errorf("loader: %v", r.Diagnostics())
			}
		})
	}
}

func TestSchemaDescribesAndShowsExamples(t *testing.T) {
	g := testGrammar()
	data, err := Schema("A flow", g.root, g.verbs)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Schema("A flow", g.root, g.verbs)
	if !bytes.Equal(data, again) {
		t.Error("two runs differ")
	}
	for _, want := range []string{`"description": "Higher first."`, `"default": 0`, `"default": "ask_again"`, `"came_from": "text = direct"`,
		`"2026-12-25"`, `"https://json-schema.org/draft/2020-12/schema"`, `"title": "A flow"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestSchemaOfTablesThatHoldThemselves(t *testing.T) {
	tree := &Table{Name: "tree"}
	tree.Fields = []Field{{Name: "below", Shape: Shape{Kind: ListOf, Of: &Shape{Kind: Nested, Table: tree}}}}
	other := &Table{Name: "Tree", Fields: []Field{{Name: "x", Shape: of(Text)}}}
	data, err := Schema("t", &Table{Fields: []Field{{Name: "a", Shape: Shape{Kind: Nested, Table: tree}}, {Name: "b", Shape: Shape{Kind: Nested, Table: other}}}}, nil)
	if err != nil || !strings.Contains(string(data), `"#/$defs/tree"`) || !strings.Contains(string(data), `"#/$defs/tree_2"`) {
		t.Errorf("%v: %s", err, data)
	}
}

func TestReferenceListsEveryKey(t *testing.T) {
	g := testGrammar()
	g.root.Fields[1].Secret = true
	g.root.Fields[1].Doc = "a | b\nc"
	g.root.Fields[1].Example = "`x`"
	var got bytes.Buffer
	sections := []Section{{Title: "Flows", Doc: "What a flow is.", Groups: [][]*Table{{g.root}}}, {Title: "Steps", Groups: [][]*Table{{g.verbs[4].Table, {Name: "free", Open: true}}}}}
	if err := Reference(&got, sections); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/reference.md"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got.String() != string(want) {
		t.Errorf("%v; got:\n%s", err, got.String())
	}
}
