package flows

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/language"
	"github.com/parley-chat/parley/flows/spec"
)

// httpCall is the step that calls an API.
type httpCall struct {
	method  string
	address []addressPart
	header  map[string]*expression.Template
	query   map[string]*expression.Template
	form    map[string]*expression.Template
	json    *tree
	timeout time.Duration
	retry   int
	returns expression.Type
	save    string
	once    *expression.Template
	on      map[string]*target // "404", "4xx", "5xx"
}

// addressPart is a part of the address: fixed, or an expression that is escaped
// for its place.
type addressPart struct {
	literal string
	program *expression.Program
	escape  func(string) string // nil in the host
}

// statusForm are the keys for statuses that are no success.
const statusForm = "on_([345][0-9][0-9]|4xx|5xx)"

var (
	methods       = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	headerForm    = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	statusPattern = regexp.MustCompile("^" + statusForm + "$")
)

func httpVerb() *verb {
	text := spec.Shape{Kind: spec.Text}
	texts := spec.Shape{Kind: spec.MapOf, Of: &text}
	fields := append([]spec.Field{
		{Name: "http", Shape: text, Required: true, Doc: "Method and address. `${ }` in it is escaped; in the host only `constants` and `secret` may stand.", Example: "GET https://api.example.com/v1/orders/${ order_no }"},
		{Name: "headers", Shape: texts, Doc: "Headers.", Example: "{Authorization: \"Bearer ${ secret.SHOP_TOKEN }\"}"},
		{Name: "query", Shape: texts, Doc: "Parameters of the address; unset ones are left out.", Example: "{page: \"2\"}"},
		{Name: "json", Shape: spec.Shape{Kind: spec.Any}, Doc: "The body, as JSON; unset values are left out.", Example: "{name: \"${ name }\"}"},
		{Name: "form", Shape: texts, Doc: "The body, as a form; unset values are left out.", Example: "{name: \"${ name }\"}"},
		{Name: "timeout", Shape: spec.Shape{Kind: spec.Duration}, Default: "10s", Doc: "How long one attempt may take, up to 30s.", Example: "4s"},
		{Name: "retry", Shape: spec.Shape{Kind: spec.Int}, Default: "0", Doc: "How often a network error, 429 or 5xx is tried again, up to 5.", Example: "2"},
		{Name: "returns", Shape: spec.Shape{Kind: spec.TypeSpec}, Doc: "The type of the answer; one that does not fit is a failure. `maybe T` for what may be missing.", Example: "{status: text, eta: maybe date}"},
		{Name: "save", Shape: spec.Shape{Kind: spec.Ident}, Doc: "The variable that gets the answer; needs `returns`.", Example: "order"},
		{Name: "once_per", Shape: text, Doc: "Makes the call once per key in the conversation: later visits get that answer.", Example: "${ order_no }"},
		onErrorField(),
	}, commonFields()...)
	table := &spec.Table{Name: "http", Doc: "Calls an API. Success is 2xx with a body that fits `returns`.", Fields: fields, Extra: statusField, Unknown: unknownStatus, Patterns: []spec.Field{*statusField("on_404")},
		Example: "- http: GET https://api.example.com/v1/orders/${ order_no }\n  headers:\n    Authorization: Bearer ${ secret.SHOP_TOKEN }\n  returns: {status: text, eta: date}\n  save: order\n  on_404:\n    - say: I can't find ${ order_no }.\n    - goto: order_no\n  on_error: agent\n"}
	return &verb{name: "http", table: table, draft: draftHTTP}
}

// statusField describes on_404, on_4xx and the like.
func statusField(key string) *spec.Field {
	if !statusPattern.MatchString(key) {
		return nil
	}
	return &spec.Field{Name: statusForm, Keys: []string{"on_404", "on_4xx", "on_5xx"}, Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go at this status, or at one of this hundred, or the steps to take. Any status from 300 to 599 will do.", Example: "agent"}
}

var anyStatus = regexp.MustCompile("^on_[0-9][0-9x]*$")

// unknownStatus explains which statuses can be handled.
func unknownStatus(r *spec.Report, p spec.Pair) bool {
	if !anyStatus.MatchString(p.Key.Text()) {
		return false
	}
	r.Error(p.Key.Pos(), "E120", "Write on_404, on_4xx, on_5xx and the like; after a success comes the next step.", "http has no key %q", p.Key.Text())
	return true
}

func draftHTTP(c *compiler, d *draft) op {
	v := d.v
	o := &httpCall{timeout: 10 * time.Second, on: map[string]*target{}, save: v.Text("save")}
	if dur, ok := v.Duration("timeout"); ok {
		c.atMost(v.Node("timeout"), dur, 30*time.Second)
		o.timeout = dur
	}
	if n, ok := v.Int("retry"); ok {
		if n < 0 || n > 5 {
			c.r.Error(v.Node("retry").Pos(), "E233", "Use 0 to 5.", "a call is tried again 5 times at most")
		}
		o.retry = n
	}
	for _, p := range v.Extra() {
		if m := statusPattern.FindStringSubmatch(p.Key.Text()); m != nil {
			o.on[m[1]] = c.target(d, p.Value)
		}
	}
	method, address, _ := strings.Cut(v.Text("http"), " ")
	o.method = method
	if n := v.Node("http"); n != nil {
		d.step.id = "http." + strings.ToLower(method) + "." + strings.TrimSpace(address)
		d.step.address = method + " " + strings.TrimSpace(address)
		c.checkMethod(n, method)
	}
	d.rests = true
	o.draftReturns(c, d)
	if v.Has("json") && v.Has("form") {
		c.r.Error(v.KeyPos("form"), "E202", "Leave one of them out.", "a call has `json` or `form`, not both")
	}
	d.finish = func() { o.finish(c, v) }
	return o
}

// checkMethod checks the first word of the address.
func (c *compiler) checkMethod(n *spec.Node, method string) {
	if slices.Contains(methods, method) {
		return
	}
	fix := "Write `http: GET https://…`."
	if upper := strings.ToUpper(method); slices.Contains(methods, upper) {
		fix = "Write " + upper + "."
	} else if s := language.Suggest(upper, methods); s != "" {
		fix = fmt.Sprintf("Did you mean %q?", s)
	}
	c.r.Error(runes(n, 0, len(method)), "E224", fix, "a call begins with its method: %s", strings.Join(methods, ", "))
}

// draftReturns reads the type of the answer and declares the variable for it.
func (o *httpCall) draftReturns(c *compiler, d *draft) {
	v := d.v
	if n := v.Node("returns"); n != nil {
		o.returns = parseType(c.r, n)
	}
	if v.Has("save") && !v.Given("returns") {
		c.r.Error(v.KeyPos("save"), "E121", "Add `returns: {name: type}`.", "`save` needs `returns`: what the API answers, and its types")
	}
	if o.returns.Kind == "" {
		c.gives(d, "save", brokenType())
		return
	}
	c.gives(d, "save", o.returns)
}

// atMost reports a timeout that is too long, or none at all.
func (c *compiler) atMost(n *spec.Node, d, limit time.Duration) {
	if d <= 0 || d > limit {
		c.r.Error(n.Pos(), "E233", fmt.Sprintf("Use 1s to %s.", expression.FormatDuration(limit)), "a call can't take %s", n.Text())
	}
}

func (o *httpCall) finish(c *compiler, v *spec.Values) {
	scope := c.secretScope()
	o.finishAddress(c, scope, v.Node("http"))
	o.once = c.text(scope, v.Node("once_per"))
	c.current = nil // what is unset is left out of the rest on purpose
	texts := func(key string) map[string]*expression.Template {
		m := map[string]*expression.Template{}
		for _, p := range v.Map(key) {
			m[p.Key.Text()] = c.text(scope, p.Value)
			if key == "headers" && !headerForm.MatchString(p.Key.Text()) {
				c.r.Error(p.Key.Pos(), "E245", "Use letters, digits and -.", "%q can't be the name of a header", p.Key.Text())
			}
		}
		return m
	}
	o.header, o.query, o.form = texts("headers"), texts("query"), texts("form")
	if n := v.Node("json"); n != nil {
		o.json = c.tree(scope, n)
	}
}

// finishAddress compiles the address and checks its host.
func (o *httpCall) finishAddress(c *compiler, scope *expression.Scope, n *spec.Node) {
	t := c.text(scope, n)
	if t == nil {
		return
	}
	rest := ""
	inHost, inQuery := true, false
	for i, part := range t.Parts() {
		literal := part.Literal
		if i == 0 {
			_, literal, _ = strings.Cut(literal, " ")
			literal = strings.TrimSpace(literal)
			if !slices.Contains(methods, firstWord(part.Literal)) {
				return // reported
			}
			if scheme, after, ok := strings.Cut(literal, "://"); ok && scheme != "http" && scheme != "https" {
				c.r.Error(n.Pos(), "E224", "Write https://.", "an address begins with https:// or http://, not %s://", scheme)
			} else if ok {
				rest, literal = scheme+"://", after
				o.address = append(o.address, addressPart{literal: rest})
			} else if literal != "" {
				c.r.Error(n.Pos(), "E224", "Write `http: GET https://…`.", "%q is no address", literal)
			}
		}
		if part.Program != nil {
			o.address = append(o.address, c.dynamicPart(n, part, inHost, inQuery))
			continue
		}
		inHost = inHost && !strings.ContainsAny(literal, "/?#")
		inQuery = inQuery || strings.Contains(literal, "?")
		o.address = append(o.address, addressPart{literal: literal})
	}
	if rest != "" {
		o.checkAddress(c, n)
	}
}

// checkAddress reports an address that is none whatever stands in its ${ }. One
// with ${ } in the host is known when it is filled in.
func (o *httpCall) checkAddress(c *compiler, n *spec.Node) {
	var b strings.Builder
	for _, p := range o.address {
		switch {
		case p.program == nil:
			b.WriteString(p.literal)
		case p.escape == nil:
			return
		default:
			// Behind a % it makes an escape, as digits may when it is filled in.
			b.WriteString("00")
		}
	}
	u, err := url.Parse(b.String())
	switch {
	case err != nil:
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		c.r.Error(n.Pos(), "E224", "", "this is no address: %v", err)
	case u.Hostname() == "":
		c.r.Error(n.Pos(), "E224", "Write it as https://HOST/….", "the address has no host")
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func (c *compiler) dynamicPart(n *spec.Node, part expression.TemplatePart, inHost, inQuery bool) addressPart {
	out := addressPart{program: part.Program, escape: url.PathEscape}
	if inQuery {
		out.escape = url.QueryEscape
	}
	if !inHost {
		return out
	}
	out.escape = nil
	for _, name := range part.Program.Reads() {
		if !strings.HasPrefix(name, "constants.") && !strings.HasPrefix(name, "secret.") {
			c.r.Error(n.At(part.From, part.To), "E224", "Put it behind the host, or make it a constant.", "only `constants` and `secret` may stand in the host of an address, not %s", name)
		}
	}
	return out
}
