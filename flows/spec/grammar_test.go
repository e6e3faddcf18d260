package spec

import (
	"regexp"
	"slices"
	"strings"
)

// of makes a shape of a kind that needs nothing else.
func of(k ShapeKind) Shape { return Shape{Kind: k} }

// A grammar is a small language to try things on, like that of flows.
type grammar struct {
	root  *Table
	verbs []Verb
}

var statusKey = regexp.MustCompile(`^on_[1-5][0-9][0-9]$`)

func testGrammar() grammar {
	text, name, ident := of(Text), of(Name), of(Ident)
	start := &Table{Name: "start", Doc: "Begins the flow.", Fields: []Field{
		{Name: "words", Shape: Shape{Kind: OneOrList, Of: &name}, Doc: "Whole words.", Example: "[help, support]"},
		{Name: "if", Shape: of(Expr), Doc: "Must hold.", Example: "not contact.opted_out"},
		{Name: "priority", Shape: of(Int), Default: "0", Doc: "Higher first.", Example: "50"},
		{Name: "fallback", Shape: of(Bool), Doc: "Takes what nothing else does.", Example: "true"},
	}}
	option := &Table{Name: "option", Doc: "One answer to choose.", Fields: []Field{
		{Name: "id", Shape: ident, Required: true, Doc: "What is stored.", Example: "order"},
		{Name: "label", Shape: text, Doc: "What people see.", Example: "Track an order"},
		{Name: "goto", Shape: of(Target), Doc: "Where to go on.", Example: "order_no"},
	}}
	common := []Field{
		{Name: "id", Shape: ident, Doc: "Names the step.", Example: "agent"},
		{Name: "if", Shape: of(Expr), Doc: "Skips the step unless true.", Example: "seats > 200"},
	}
	say := []Field{
		{Name: "text", Shape: text, Doc: "The text.", Example: "Hello ${ name }"},
		{Name: "any_of", Shape: Shape{Kind: ListOf, Of: &text}, Doc: "One of them, by chance.", Example: "[Hi, Hello]"},
	}
	sayTable := &Table{Name: "message", Fields: say}
	step := func(verb string, shape Shape, doc string, fields ...Field) Verb {
		own := Field{Name: verb, Shape: shape, Required: true, Doc: doc}
		return Verb{Name: verb, Table: &Table{Name: verb, Doc: doc, Fields: slices.Concat([]Field{own}, fields, common)}}
	}
	http := step("http", name, "Calls an API.",
		Field{Name: "json", Shape: of(Value), Doc: "The body.", Example: "{name: \"${ name }\"}"},
		Field{Name: "timeout", Shape: of(Duration), Default: "10s", Doc: "How long to wait.", Example: "4s"})
	http.Table.Extra = func(key string) *Field {
		if !statusKey.MatchString(key) {
			return nil
		}
		return &Field{Name: "on_<status>", Shape: of(Target), Doc: "Where to go on that status.", Example: "agent"}
	}
	http.Table.Patterns = []Field{{Name: "on_[1-5][0-9][0-9]", Keys: []string{"on_404", "on_500"}, Shape: of(Target), Doc: "Where to go on that status.", Example: "agent"}}
	end := step("end", of(Empty), "Ends the flow.")
	end.Bare = true
	return grammar{
		root: &Table{Name: "flow", Doc: "One flow.", Fields: []Field{
			{Name: "flow", Shape: ident, Required: true, Doc: "The id.", Example: "refund"},
			{Name: "description", Shape: name, Doc: "For people.", Example: "What it does"},
			{Name: "start", Shape: Shape{Kind: OneOrList, Of: &Shape{Kind: Nested, Table: start}}, Doc: "What begins it."},
			{Name: "params", Shape: Shape{Kind: MapOf, Of: &Shape{Kind: TypeSpec}}, Doc: "What it is given.", Example: "{came_from: text = direct}"},
			{Name: "holidays", Shape: Shape{Kind: ListOf, Of: &Shape{Kind: Date}}, Doc: "Closed days.", Example: "[2026-12-25]"},
			{Name: "rate", Shape: of(Number), Doc: "A number.", Example: "0.5"},
			{Name: "gather", Shape: of(Duration), Doc: "Quiet to wait for.", Example: "2s"},
			{Name: "on_upgrade", Shape: Shape{Kind: Enum, Values: []string{"ask_again", "finish_old", "restart"}}, Default: "ask_again", Doc: "When it changes.", Example: "restart"},
			{Name: "steps", Shape: of(Steps), Required: true, Doc: "The steps."},
		}, Example: "flow: hello\nsteps:\n  - say: Hello"},
		verbs: []Verb{
			step("say", Shape{Kind: OneOf, Shapes: []Shape{text, {Kind: Nested, Table: sayTable}}}, "Sends a message."),
			step("ask", ident, "Asks a question.", append(say,
				Field{Name: "options", Shape: Shape{Kind: ListOf, Of: &Shape{Kind: OneOf, Shapes: []Shape{text, {Kind: Nested, Table: option}}}}, Doc: "What can be chosen."},
				Field{Name: "check", Shape: of(Expr), Doc: "Must hold for an answer.", Example: "len(value) > 2"},
				Field{Name: "timeout", Shape: of(Duration), Doc: "How long the question stays open.", Example: "15m"},
				Field{Name: "on_timeout", Shape: of(Target), Doc: "Where to go then.", Example: "agent"})...),
			step("set", Shape{Kind: MapOf, Of: &Shape{Kind: Value}}, "Writes variables."),
			step("goto", of(Target), "Goes to a step."),
			http, end,
			{Name: "if", Table: &Table{Name: "if", Doc: "Branches.", Fields: []Field{
				{Name: "if", Shape: of(Expr), Required: true, Doc: "The condition.", Example: "seats > 200"},
				{Name: "then", Shape: of(Steps), Required: true, Doc: "Steps when it holds."},
				{Name: "else", Shape: of(Steps), Doc: "Steps when it does not."},
			}}},
		},
	}
}

// decode reads a whole flow, and hands every map that it decodes to visit.
func (g grammar) decode(r *Report, n *Node) {
	v := Decode(r, n, g.root)
	g.steps(r, v.Node("steps"))
}

func (g grammar) steps(r *Report, list *Node) {
	for _, step := range list.Items() {
		verb := g.verb(step)
		if verb == nil {
			if !step.Broken() {
				r.Error(step.Pos(), "X1", "", "no verb")
			}
			continue
		}
		word := ""
		if verb.Bare {
			word = verb.Name
		}
		v := DecodeBare(r, step, verb.Table, word)
		for _, key := range []string{"then", "else", "on_timeout"} {
			g.steps(r, v.Node(key))
		}
	}
}

func (g grammar) verb(step *Node) *Verb {
	var found *Verb
	for i, v := range g.verbs {
		if (step.Get(v.Name) != nil || (v.Bare && step.Text() == v.Name)) && (found == nil || v.Name != "if") {
			found = &g.verbs[i]
		}
	}
	return found
}

// load parses and decodes a flow.
func (g grammar) load(name string, src []byte) *Report {
	r := NewReport()
	if n := Parse(r, name, src); n != nil {
		g.decode(r, n)
	}
	return r
}

// report loads a flow from lines.
func (g grammar) report(lines ...string) *Report {
	return g.load("flows/test.yaml", []byte(strings.Join(lines, "\n")+"\n"))
}
