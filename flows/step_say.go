package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// sayFields are the keys of a message, for say and for ask.
func sayFields() []spec.Field {
	text := spec.Shape{Kind: spec.Text}
	return []spec.Field{
		{Name: "text", Shape: text, Doc: "What is said; with media, the caption.", Example: "Hi ${ contact.first_name ?? \"there\" }!"},
		{Name: "any_of", Shape: spec.Shape{Kind: spec.ListOf, Of: &text}, Doc: "Variants of the text; one is taken by chance.", Example: "[\"Thanks!\", \"Thank you!\"]"},
		{Name: "lines", Shape: spec.Shape{Kind: spec.Nested, Table: linesTable()}, Doc: "One line of text for each element of a list, below the text."},
		{Name: "image", Shape: text, Doc: "The address of an image.", Example: "https://cdn.example.com/map.png"},
		{Name: "audio", Shape: text, Doc: "The address of a sound."},
		{Name: "video", Shape: text, Doc: "The address of a video."},
		{Name: "file", Shape: text, Doc: "The address of a file.", Example: "https://cdn.example.com/terms.pdf"},
		{Name: "location", Shape: spec.Shape{Kind: spec.Nested, Table: locationTable()}, Doc: "A place on the map."},
		{Name: "contact", Shape: spec.Shape{Kind: spec.Nested, Table: contactTable()}, Doc: "The card of a person."},
		{Name: "links", Shape: spec.Shape{Kind: spec.ListOf, Of: &spec.Shape{Kind: spec.Nested, Table: linkTable()}}, Doc: "Buttons that open an address."},
		{Name: "template", Shape: spec.Shape{Kind: spec.Nested, Table: templateTable()}, Doc: "The approved template that is sent instead where the platform's window for free text is closed."},
	}
}

func linesTable() *spec.Table {
	return &spec.Table{Name: "lines", Doc: "One line for each element of a list.", Example: "- say:\n    text: You ordered\n    lines:\n      from: items\n      text: ${ index }. ${ item.sku }, ${ item.price | money(\"EUR\") }\n", Fields: []spec.Field{
		{Name: "from", Shape: spec.Shape{Kind: spec.Expr}, Required: true, Doc: "The list.", Example: "order.lines"},
		{Name: "as", Shape: spec.Shape{Kind: spec.Ident}, Default: "item", Doc: "What an element is called.", Example: "line"},
		{Name: "text", Shape: spec.Shape{Kind: spec.Text}, Required: true, Doc: "The line.", Example: "${ index }. ${ item.title }"},
	}}
}

func locationTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "location", Example: "- say:\n    text: We are here.\n    location: {latitude: 52.52, longitude: 13.405, name: Our shop}\n", Fields: []spec.Field{
		{Name: "latitude", Shape: text, Required: true, Doc: "Degrees north.", Example: "52.52"},
		{Name: "longitude", Shape: text, Required: true, Doc: "Degrees east.", Example: "13.405"},
		{Name: "name", Shape: text, Doc: "What the place is called.", Example: "Our shop"},
		{Name: "address", Shape: text, Doc: "Where it is, in words."},
	}}
}

func contactTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "contact", Fields: []spec.Field{
		{Name: "name", Shape: text, Required: true, Doc: "The name on the card.", Example: "Support"},
		{Name: "phone", Shape: text, Doc: "A phone number.", Example: "\"+49301234567\""},
		{Name: "email", Shape: text, Doc: "An address.", Example: "help@example.com"},
	}}
}

func linkTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "link", Example: "- say:\n    text: Where it is\n    links:\n      - {label: Track it, url: \"https://example.com/t/${ order_no }\"}\n", Fields: []spec.Field{
		{Name: "label", Shape: text, Required: true, Doc: "What the button says.", Example: "Track it"},
		{Name: "url", Shape: text, Required: true, Doc: "What it opens.", Example: "https://example.com/t/${ order_no }"},
	}}
}

func templateTable() *spec.Table {
	text := spec.Shape{Kind: spec.Text}
	return &spec.Table{Name: "template", Example: "- say:\n    text: The money for ${ order_no } is on its way.\n    template: {name: refund_paid, values: [\"${ order_no }\"]}\n", Fields: []spec.Field{
		{Name: "name", Shape: text, Required: true, Doc: "Its name or id on the platform.", Example: "refund_paid"},
		{Name: "language", Shape: text, Doc: "Its language; the contact's unless given.", Example: "en"},
		{Name: "values", Shape: spec.Shape{Kind: spec.ListOf, Of: &text}, Doc: "What its placeholders get, in order."},
	}}
}

// A message is what a step says, compiled.
type message struct {
	text      *expression.Template
	anyOf     []*expression.Template
	lines     *lines
	media     channels.MediaKind
	mediaURL  *expression.Template
	latitude  *expression.Template
	longitude *expression.Template
	placeName *expression.Template
	address   *expression.Template
	contact   map[string]*expression.Template
	links     [][2]*expression.Template
	template  *template
}

type lines struct {
	from *expression.Program
	as   string
	text *expression.Template
}

type template struct {
	name, language *expression.Template
	values         []*expression.Template
}

// message compiles the keys of sayFields.
func (c *compiler) message(v *spec.Values) *message {
	m := &message{text: c.text(c.scope, v.Node("text"))}
	for _, n := range v.List("any_of") {
		m.anyOf = append(m.anyOf, c.text(c.scope, n))
	}
	if v.Has("any_of") && len(m.anyOf) == 0 {
		c.r.Error(v.Node("any_of").Pos(), "E123", "Add one, or leave `any_of` out.", "there are no variants here")
	}
	if len(m.anyOf) > 0 && v.Has("text") {
		c.r.Error(v.KeyPos("any_of"), "E202", "Leave one of them out.", "a message has a `text` or `any_of`, not both")
	}
	for _, kind := range []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File} {
		n := v.Node(string(kind))
		if n == nil {
			continue
		}
		if m.mediaURL != nil {
			c.r.Error(v.KeyPos(string(kind)), "E202", "Use two steps.", "a message has one image, audio, video or file")
		}
		m.media, m.mediaURL = kind, c.text(c.scope, n)
	}
	c.messageLines(m, v)
	c.messageCards(m, v)
	return m
}

func (c *compiler) messageLines(m *message, v *spec.Values) {
	n := v.Node("lines")
	if n == nil {
		return
	}
	lv := spec.Decoded(c.r, n)
	if lv.Node("from") == nil || lv.Node("text") == nil {
		return
	}
	from := c.expression(c.scope, lv.Node("from"))
	m.lines = &lines{from: from, as: cmp.Or(lv.Text("as"), "item")}
	m.lines.text = c.text(c.elementScope(m.lines.as, c.elementType(lv.Node("from"), from)), lv.Node("text"))
}

func (c *compiler) messageCards(m *message, v *spec.Values) {
	if n := v.Node("location"); n != nil {
		lv := spec.Decoded(c.r, n)
		m.latitude, m.longitude = c.text(c.scope, lv.Node("latitude")), c.text(c.scope, lv.Node("longitude"))
		m.placeName, m.address = c.text(c.scope, lv.Node("name")), c.text(c.scope, lv.Node("address"))
	}
	if n := v.Node("contact"); n != nil {
		cv := spec.Decoded(c.r, n)
		m.contact = map[string]*expression.Template{}
		for _, key := range []string{"name", "phone", "email"} {
			m.contact[key] = c.text(c.scope, cv.Node(key))
		}
	}
	for _, n := range v.List("links") {
		lv := spec.Decoded(c.r, n)
		m.links = append(m.links, [2]*expression.Template{c.text(c.scope, lv.Node("label")), c.text(c.scope, lv.Node("url"))})
	}
	if n := v.Node("template"); n != nil {
		tv := spec.Decoded(c.r, n)
		m.template = &template{name: c.text(c.scope, tv.Node("name")), language: c.text(c.scope, tv.Node("language"))}
		for _, value := range tv.List("values") {
			m.template.values = append(m.template.values, c.text(c.scope, value))
		}
	}
}

// reply fills in a message.
func (m *message) reply(t *turn) channels.Reply {
	r := channels.Reply{Text: t.render(m.text)}
	if len(m.anyOf) > 0 {
		r.Text = t.render(m.anyOf[t.rt.Rand.IntN(len(m.anyOf))])
	}
	if m.lines != nil {
		r.Text = m.lines.add(t, r.Text)
	}
	if url := t.render(m.mediaURL); url != "" {
		r.Media = &channels.Media{Kind: m.media, URL: url}
	}
	if m.latitude != nil {
		r.Location = m.place(t)
	}
	if m.contact != nil {
		r.Contact = &channels.Contact{Name: t.render(m.contact["name"])}
		if phone := t.render(m.contact["phone"]); phone != "" {
			r.Contact.Phones = []string{phone}
		}
		if email := t.render(m.contact["email"]); email != "" {
			r.Contact.Emails = []string{email}
		}
	}
	for _, l := range m.links {
		if url := t.render(l[1]); url != "" {
			r.Links = append(r.Links, channels.Link{Label: t.render(l[0]), URL: url})
		}
	}
	if m.template != nil {
		r.Template = m.template.fill(t)
	}
	return r
}

func (m *message) place(t *turn) *channels.Location {
	lat, err1 := expression.Of(expression.Number).Parse(t.render(m.latitude), t.rt.Zone)
	lon, err2 := expression.Of(expression.Number).Parse(t.render(m.longitude), t.rt.Zone)
	if err1 != nil || err2 != nil {
		t.trouble("type", "location: latitude and longitude are not numbers")
		return nil
	}
	return &channels.Location{Latitude: lat.(float64), Longitude: lon.(float64), Name: t.render(m.placeName), Address: t.render(m.address)}
}

// add puts a line for each element below the text.
func (l *lines) add(t *turn, text string) string {
	list, err := l.from.Value(t.env())
	if err != nil {
		t.trouble("expression", "lines: %v", err)
		return text
	}
	items, _ := list.([]any)
	var b strings.Builder
	b.WriteString(text)
	for i, item := range items {
		line := l.line(t, item, i+1)
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
		if b.Len() > maxReply {
			break
		}
	}
	return b.String()
}

func (l *lines) line(t *turn, item any, index int) string {
	element, number := t.bind(l.as, item), t.bind("index", index)
	defer element.undo()
	defer number.undo()
	return t.render(l.text)
}

func (m *template) fill(t *turn) *channels.Template {
	out := &channels.Template{Name: t.render(m.name), Language: t.render(m.language)}
	if out.Language == "" {
		out.Language = t.rt.Language
	}
	for _, v := range m.values {
		out.Values = append(out.Values, t.render(v))
	}
	return out
}

// say is the step that says something.
type say struct {
	message *message
	buttons []*expression.Template
}

func sayVerb() *verb {
	nested := &spec.Table{Name: "message", Unknown: laterFor("typing"), Fields: append(sayFields(), buttonsField())}
	fields := append([]spec.Field{{Name: "say", Required: true, Doc: "A text, or a map with the keys of a message.", Example: "Thank you, ${ name }.",
		Shape: spec.Shape{Kind: spec.OneOf, Shapes: []spec.Shape{{Kind: spec.Text}, {Kind: spec.Nested, Table: nested}}}}}, commonFields()...)
	table := &spec.Table{Name: "say", Doc: "Says one message: a text, or a map.", Fields: fields,
		Example: "- say: Hello!\n- say:\n    text: Here is the way to us.\n    image: https://cdn.example.com/map.png\n"}
	return &verb{name: "say", table: table, draft: func(c *compiler, d *draft) op {
		o := &say{}
		d.finish = func() {
			n := d.v.Node("say")
			if n == nil {
				return
			}
			if n.Kind() == spec.Scalar {
				o.message = &message{text: c.text(c.scope, n)}
				return
			}
			v := spec.Decoded(c.r, n)
			o.message = c.message(v)
			for _, b := range v.List("buttons") {
				o.buttons = append(o.buttons, c.text(c.scope, b))
			}
			if !slices.ContainsFunc(nested.Fields, func(f spec.Field) bool { return v.Given(f.Name) }) && !v.Given("typing") {
				c.r.Error(n.Pos(), "E121", "Add `text:`.", "this message has nothing to say")
			}
		}
		return o
	}}
}

func buttonsField() spec.Field {
	return spec.Field{Name: "buttons", Shape: spec.Shape{Kind: spec.ListOf, Of: &spec.Shape{Kind: spec.Text}}, Doc: "Buttons to go on with; a tap, or its number while no question is open, counts as the label, typed.", Example: "[Menu, Talk to a person]"}
}

func (o *say) run(t *turn, s *step) outcome {
	r := o.message.reply(t)
	for i, b := range o.buttons {
		if label := t.render(b); label != "" {
			r.Options = append(r.Options, channels.Option{ID: fmt.Sprintf("%d%ssay", i+1, tagMark), Label: label})
		}
	}
	t.say(r)
	if len(r.Options) > 0 && !t.muted() {
		t.c.Buttons = labels(r.Options)
	}
	return goOn(s.next)
}

func labels(options []channels.Option) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = o.Label
	}
	return out
}
