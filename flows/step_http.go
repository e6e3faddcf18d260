package flows

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/flows/expression"
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

var (
	methods       = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	statusPattern = regexp.MustCompile(`^on_([1-5][0-9][0-9]|4xx|5xx)$`)
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
	table := &spec.Table{Name: "http", Doc: "Calls an API. Success is 2xx with a body that fits `returns`.", Fields: fields, Extra: statusField,
		Example: "- http: GET https://api.example.com/v1/orders/${ order_no }\n  headers:\n    Authorization: Bearer ${ secret.SHOP_TOKEN }\n  returns: {status: text, eta: date}\n  save: order\n  on_404:\n    - say: I can't find ${ order_no }.\n    - goto: order_no\n  on_error: agent\n"}
	return &verb{name: "http", table: table, draft: draftHTTP}
}

// statusField describes on_404, on_4xx and the like.
func statusField(key string) *spec.Field {
	if !statusPattern.MatchString(key) {
		return nil
	}
	return &spec.Field{Name: key, Shape: spec.Shape{Kind: spec.Target}, Doc: "Where to go at this status.", Example: "agent"}
}

func draftHTTP(c *compiler, d *draft) op {
	v := d.v
	o := &httpCall{timeout: 10 * time.Second, on: map[string]*target{}, save: v.Text("save")}
	if dur, ok := v.Duration("timeout"); ok {
		if dur > 30*time.Second {
			c.r.Error(v.Node("timeout").Pos(), "E233", "Use 30s at most.", "a call may take 30 seconds")
		}
		o.timeout = dur
	}
	if n, ok := v.Int("retry"); ok {
		if n < 0 || n > 5 {
			c.r.Error(v.Node("retry").Pos(), "E233", "Use 0 to 5.", "a call can be tried again 5 times")
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
	if v.Has("http") && !slices.Contains(methods, method) {
		c.r.Error(v.Node("http").Pos(), "E224", "Write `http: GET https://…`.", "a call begins with its method: %s", strings.Join(methods, ", "))
	}
	d.step.id = "http." + strings.ToLower(method) + "." + strings.TrimSpace(address)
	if n := v.Node("returns"); n != nil {
		o.returns = parseType(c.r, n)
	}
	if n := v.Node("save"); n != nil {
		if !v.Has("returns") {
			c.r.Error(n.Pos(), "E123", "Add `returns: {field: type}`.", "`save` needs `returns`: what the API answers, and its types")
			o.returns = expression.RecordOf()
		}
		c.declare(o.save, o.returns, fmt.Sprintf("line %d", d.step.pos.Line), n.Pos())
	}
	if v.Has("json") && v.Has("form") {
		c.r.Error(v.KeyPos("form"), "E202", "Leave one of them out.", "a call has `json` or `form`, not both")
	}
	d.finish = func() { o.finish(c, v) }
	return o
}

func (o *httpCall) finish(c *compiler, v *spec.Values) {
	scope := c.scope.With("secret", c.b.secretType())
	o.finishAddress(c, scope, v.Node("http"))
	texts := func(key string) map[string]*expression.Template {
		m := map[string]*expression.Template{}
		for _, p := range v.Map(key) {
			m[p.Key.Text()] = c.text(scope, p.Value)
		}
		return m
	}
	o.header, o.query, o.form = texts("headers"), texts("query"), texts("form")
	if n := v.Node("json"); n != nil {
		o.json = c.tree(scope, n)
	}
	o.once = c.text(scope, v.Node("once_per"))
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

// run makes the call, or takes the result that is there already.
func (o *httpCall) run(t *turn, s *step) outcome {
	onceKey := ""
	if o.once != nil {
		onceKey = s.flow.ID + "/" + s.id + "/" + t.renderIn(o.once, t.with("secret", t.b.secrets))
		if done, ok := t.c.Once[onceKey]; ok {
			t.note("once: done before")
			return o.result(t, s, CallResult{Status: done.Status, Body: done.Body}, "")
		}
	}
	request, err := o.request(t)
	if err != nil {
		return failure("expression", "%v", err)
	}
	c := &Call{Timeout: o.timeout, HTTP: request}
	result, ok := t.await(s, c, onceKey)
	if !ok {
		return outcome{kind: pending}
	}
	if o.method != "GET" {
		t.run.changedWorld()
	}
	return o.result(t, s, result, onceKey)
}

// await returns the result of a call that was made in this turn, or asks for it.
func (t *turn) await(s *step, c *Call, onceKey string) (CallResult, bool) {
	r := t.run
	c.Key = fmt.Sprintf("%d/%s/%s/%d", r.Number, s.flow.ID, s.id, r.Visits[s.flow.ID+"/"+s.id])
	h := sha256.New()
	if c.HTTP != nil {
		fmt.Fprintf(h, "%s\x00%s\x00", c.HTTP.Method, c.HTTP.URL)
		h.Write(c.HTTP.Body)
	} else {
		fmt.Fprintf(h, "%s\x00%s", c.Do.Handler, c.Do.With)
	}
	c.Fingerprint = hex.EncodeToString(h.Sum(nil))[:16]
	h.Reset()
	if onceKey != "" {
		fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s", t.in.Channel, t.in.Account, t.in.Conversation, onceKey)
	} else {
		fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d\x00%s", t.in.Channel, t.in.Account, t.in.Conversation, t.in.Seed, c.Key)
	}
	c.IdempotencyKey = hex.EncodeToString(h.Sum(nil))[:32]
	if t.used < len(t.in.Results) {
		if got := t.in.Results[t.used]; got.Key == c.Key && got.Fingerprint == c.Fingerprint {
			t.used++
			return got, true
		}
	}
	t.call = c
	return CallResult{}, false
}

// request fills in the call.
func (o *httpCall) request(t *turn) (*HTTPCall, error) {
	env := t.with("secret", t.b.secrets)
	var address strings.Builder
	for _, p := range o.address {
		if p.program == nil {
			address.WriteString(p.literal)
			continue
		}
		v, err := p.program.Value(env)
		if err != nil {
			return nil, fmt.Errorf("the address: %w", err)
		}
		text := expression.Display(v, p.program.Type(), t.rt)
		if p.escape != nil {
			text = p.escape(text)
		}
		address.WriteString(text)
	}
	u, err := url.Parse(address.String())
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the address is broken")
	}
	query := u.Query()
	for name, tmpl := range o.query {
		if text := t.renderIn(tmpl, env); text != "" {
			query.Set(name, text)
		}
	}
	if len(o.query) > 0 {
		u.RawQuery = query.Encode()
	}
	c := &HTTPCall{Method: o.method, URL: u.String(), Header: map[string]string{}, Retry: o.retry}
	for name, tmpl := range o.header {
		c.Header[name] = t.renderIn(tmpl, env)
	}
	return c, o.body(t, c, env)
}

func (o *httpCall) body(t *turn, c *HTTPCall, env *expression.Env) error {
	switch {
	case o.json != nil:
		v, _, err := o.json.fill(env)
		if err != nil {
			return fmt.Errorf("the body: %w", err)
		}
		if c.Body, err = json.Marshal(v); err != nil {
			return fmt.Errorf("the body: %w", err)
		}
		c.Header["Content-Type"] = cmp.Or(c.Header["Content-Type"], "application/json")
	case len(o.form) > 0:
		form := url.Values{}
		for name, tmpl := range o.form {
			if text := t.renderIn(tmpl, env); text != "" {
				form.Set(name, text)
			}
		}
		c.Body = []byte(form.Encode())
		c.Header["Content-Type"] = cmp.Or(c.Header["Content-Type"], "application/x-www-form-urlencoded")
	}
	return nil
}

// result saves a good answer, and leads a bad one to where the step says.
func (o *httpCall) result(t *turn, s *step, r CallResult, onceKey string) outcome {
	var saved any
	e := &stepError{kind: r.Error, status: r.Status, text: r.ErrorText}
	switch {
	case r.Error != "":
	case r.Status < 200 || r.Status > 299:
		e.kind, e.text = "status", fmt.Sprintf("the answer was %d", r.Status)
	case o.returns.Kind != "":
		v, err := decodeJSON(r.Body, o.returns)
		if err != nil {
			e.kind, e.text = "body", fmt.Sprintf("the answer does not fit `returns`: %v", err)
		}
		saved = v
	}
	t.note("status %d %s", r.Status, e.kind)
	if e.kind != "" {
		status := fmt.Sprintf("%d", r.Status)
		for _, key := range []string{status, status[:1] + "xx"} {
			if to := o.on[key]; to != nil && e.kind == "status" {
				t.run.Error = map[string]any{"step": s.label(), "kind": e.kind, "status": e.status, "text": e.text}
				return t.goTo(t.run, s, to)
			}
		}
		return outcome{kind: failed, err: e}
	}
	if onceKey != "" {
		if t.c.Once == nil {
			t.c.Once = map[string]onceResult{}
		}
		t.c.Once[onceKey] = onceResult{At: t.now, Status: r.Status, Body: r.Body}
	}
	if o.save != "" {
		t.run.top().vars[o.save] = saved
	}
	return goOn(s.next)
}
