package flows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

func optionTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "option", Doc: "One answer to choose.",
		Example: "- ask: topic\n  text: What can I do for you?\n  options:\n    - Something else\n    - {id: order, label: Track an order, words: [track, parcel], goto: order_no}\n", Fields: []spec.Field{
			{Name: "id", Shape: spec.Shape{Kind: spec.Name}, Doc: "What the variable gets; the label unless given.", Example: "order"},
			{Name: "label", Shape: text, Required: true, Doc: "What the person sees.", Example: "Track an order"},
			{Name: "hint", Shape: text, Doc: "A second line, where there is room for one.", Example: "Status and delivery day"},
			{Name: "words", Shape: spec.Shape{Kind: spec.OneOrList, Of: &spec.Shape{Kind: spec.Name}}, Doc: "Synonyms of the label.", Example: "[order, track]"},
			{Name: "if", Shape: spec.Shape{Kind: spec.Expr}, Doc: "Offers it only when true.", Example: "contact.vip"},
			{Name: "goto", Shape: spec.Shape{Kind: spec.Target}, Doc: "Where the answer leads.", Example: "order_no"},
		}}
}

func optionsFromTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "options", Doc: "One option for each element of a list; the answer is the element.",
		Example: "- ask: line\n  text: Which item comes back?\n  options:\n    from: items\n    id: ${ item.sku }\n    label: ${ item.sku }, ${ item.price | money(\"EUR\") }\n", Fields: []spec.Field{
			{Name: "from", Shape: spec.Shape{Kind: spec.Expr}, Required: true, Doc: "The list.", Example: "order.lines"},
			{Name: "as", Shape: spec.Shape{Kind: spec.Ident}, Default: "item", Doc: "What an element is called.", Example: "line"},
			{Name: "id", Shape: text, Doc: "What tells the elements apart; the label unless given.", Example: "${ item.sku }"},
			{Name: "label", Shape: text, Required: true, Doc: "What the person sees.", Example: "${ item.title }"},
			{Name: "hint", Shape: text, Doc: "A second line.", Example: "${ item.price | money(\"EUR\") }"},
		}}
}

// An option is one answer to choose.
type option struct {
	id    string
	label *expression.Template
	hint  *expression.Template
	words []string // folded
	cond  *expression.Program
	to    *target
	value any // the id read as the type of the question, where it has one
}

type optionsFrom struct {
	from            *expression.Program
	as              string
	id, label, hint *expression.Template
}

// draftOptions reads what of the options other steps depend on.
func (a *ask) draftOptions(c *compiler, d *draft) {
	n := d.v.Node("options")
	if n == nil || n.Kind() != spec.List {
		return
	}
	lead := len(n.Items()) > 0
	for _, item := range n.Items() {
		o := a.draftOption(c, d, item)
		lead = lead && o.to != nil
		a.options = append(a.options, o)
	}
	d.leaves = lead && !d.v.Given("type") && !d.v.Given("if") && !d.v.Given("default")
	if len(a.options) == 0 {
		c.r.Error(n.Pos(), "E123", "Add one, or leave `options` out.", "there are no options here")
	}
}

// typedBy reports whether the question has a type beside its options: one with a
// `goto` then stores nothing.
func (a *ask) typedBy(d *draft) bool {
	t := d.v.Text("type")
	return t != "" && t != string(expression.Choice) && t != string(expression.Choices)
}

func (a *ask) draftOption(c *compiler, d *draft, item *spec.Node) *option {
	o := &option{id: item.Text()}
	at := item
	if item.Kind() == spec.Map {
		v := spec.Decoded(c.r, item)
		o.id = v.Text("id")
		at = v.Node("id")
		if o.id == "" {
			o.id, at = v.Text("label"), v.Node("label")
		}
		o.words = c.folded(v.List("words"))
		if to := v.Node("goto"); to != nil {
			o.to = c.target(d, to)
			if !a.typedBy(d) {
				d.answers = append(d.answers, o.to)
			}
		}
	}
	switch {
	case o.id == "": // reported
	case strings.Contains(o.id, "${"):
		c.r.Error(at.Pos(), "E238", "Add a plain `id:`, as in {id: first, label: …}.", "what tells options apart is fixed, so it has no ${ } in it")
	case strings.Contains(o.id, tagMark):
		c.r.Error(at.Pos(), "E238", "Add an `id:` without it.", "the id of an option has no %s in it", tagMark)
	case slices.ContainsFunc(a.options, func(p *option) bool { return p.id == o.id }):
		c.r.Error(at.Pos(), "E203", "Give one of them an `id:` of its own.", "two options have the id %q", o.id)
	}
	return o
}

func (a *ask) finishOptions(c *compiler, v *spec.Values) {
	n := v.Node("options")
	if n == nil || n.Kind() != spec.List {
		return
	}
	for i, item := range n.Items() {
		o := a.options[i]
		at := item
		if item.Kind() == spec.Scalar {
			o.label = c.text(c.scope, item)
			c.needsLabel(item)
		} else {
			ov := spec.Decoded(c.r, item)
			at = ov.Node("label")
			c.needsLabel(at)
			if ov.Has("id") {
				at = ov.Node("id")
			}
			o.label, o.hint = c.text(c.scope, ov.Node("label")), c.text(c.scope, ov.Node("hint"))
			if cond := ov.Node("if"); cond != nil {
				o.cond = c.condition(c.scope, cond)
			}
		}
		a.optionValue(c, o, at)
	}
}

// needsLabel: an option without a label could be neither seen nor chosen.
func (c *compiler) needsLabel(n *spec.Node) {
	if blank(n) {
		c.r.Error(n.Pos(), "E123", "Write what the person sees.", "this option has no label")
	}
}

// optionValue reads the id of an option as the type of the question.
func (a *ask) optionValue(c *compiler, o *option, at *spec.Node) {
	if !a.typed || a.typ.Kind == expression.Choices || a.typ.Kind == expression.Broken || o.to != nil || at == nil {
		return
	}
	v, err := a.typ.Parse(o.id, c.b.Zone)
	if err != nil {
		fix := fmt.Sprintf("Give it an `id:` that is %s, or a `goto:`.", article(a.typ.Kind))
		if a.typ.Kind == expression.Bool {
			fix = "Give it `id: true` or `id: false`, or a `goto:`."
		}
		c.r.Error(at.Pos(), "E210", fix, "the answer is %s, and so are the options: %v", a.typ, err)
	}
	o.value = v
}

// finishFrom compiles the texts of options from a list.
func (a *ask) finishFrom(c *compiler, v *spec.Values) {
	if a.from == nil {
		return
	}
	ov := spec.Decoded(c.r, v.Node("options"))
	c.needsLabel(ov.Node("label"))
	scope := c.elementScope(a.from.as, a.typ)
	a.from.id, a.from.label, a.from.hint = c.text(scope, ov.Node("id")), c.text(scope, ov.Node("label")), c.text(scope, ov.Node("hint"))
}
