package flows

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/flows/expression"
)

// Calls: a step that needs I/O hands out a request, and the turn runs again with
// its result.

// errAddress says that the address of a call is none once it is filled in.
var errAddress = errors.New("the address is broken")

// run makes the call, or takes the result that is there already.
func (o *httpCall) run(t *turn, s *step) outcome {
	onceKey := ""
	if o.once != nil {
		key, err := o.key(t, s)
		if err != nil {
			return failure("expression", "once_per: %v", err)
		}
		if done, ok := t.c.Once[key]; ok {
			t.note("once: done before")
			return o.result(t, s, CallResult{Status: done.Status, Body: done.Body}, "")
		}
		onceKey = key
	}
	request, err := o.request(t)
	if err != nil {
		return failure("expression", "%v", err)
	}
	result, ok := t.await(s, &Call{Timeout: o.timeout, HTTP: request}, onceKey)
	if !ok {
		return outcome{kind: pending}
	}
	if o.method != "GET" {
		t.run.changedWorld()
	}
	return o.result(t, s, result, onceKey)
}

// key is what the call is made once for. It is hashed, since it may be long, and
// of secrets.
func (o *httpCall) key(t *turn, s *step) (string, error) {
	secret := t.bind("secret", t.b.secrets)
	defer secret.undo()
	text, errs := o.once.Text(t.env())
	if len(errs) > 0 {
		return "", errs[0]
	}
	return hashed(s.flow.ID, s.id, text), nil
}

// hashed makes 32 hexadecimal digits of texts.
func hashed(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		// The length keeps "a", "bc" apart from "ab", "c".
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// await returns the result of a call that was made in this turn, or asks for it.
func (t *turn) await(s *step, c *Call, onceKey string) (CallResult, bool) {
	r, step := t.run, s.key
	c.Key = fmt.Sprintf("%d/%s/%d", r.Number, step, r.Visits[step])
	if c.HTTP == nil {
		c.Fingerprint = hashed(c.Do.Handler, string(c.Do.With))[:16]
	} else {
		c.Fingerprint = hashed(c.HTTP.Method, c.HTTP.URL, string(c.HTTP.Body))[:16]
		once := []string{t.in.Channel, t.in.Account, t.in.Conversation, onceKey}
		if onceKey == "" {
			once = append(once, strconv.FormatUint(t.in.Seed, 10), c.Key)
		}
		c.IdempotencyKey = hashed(once...)
	}
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
	secret := t.bind("secret", t.b.secrets)
	defer secret.undo()
	u, err := o.url(t)
	if err != nil {
		return nil, err
	}
	query := u.Query()
	for name, tmpl := range o.query {
		if text := t.render(tmpl); text != "" {
			query.Set(name, text)
		}
	}
	if len(o.query) > 0 {
		u.RawQuery = query.Encode()
	}
	c := &HTTPCall{Method: o.method, URL: u.String(), Header: map[string]string{}, Retry: o.retry, Returns: o.returns}
	for _, name := range slices.Sorted(maps.Keys(o.header)) {
		value := t.render(o.header[name])
		if strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && (r < ' ' || r == 0x7f) }) {
			return nil, fmt.Errorf("the header %s has a line break or another control character", name) // it may be secret
		}
		c.Header[name] = value
	}
	return c, o.body(t, c)
}

// url fills in the address. What stands in ${ } stays within its place: it is
// escaped, and can't climb out of the path.
func (o *httpCall) url(t *turn) (*url.URL, error) {
	var address strings.Builder
	for _, p := range o.address {
		if p.program == nil {
			address.WriteString(p.literal)
			continue
		}
		v, err := p.program.Value(t.env())
		if err != nil {
			return nil, fmt.Errorf("the address: %w", err)
		}
		text := expression.Display(v, p.program.Type(), &t.rt)
		if p.escape != nil {
			inPath := !strings.Contains(address.String(), "?")
			if inPath && (text == "." || text == "..") {
				return nil, errAddress
			}
			text = p.escape(text)
		}
		address.WriteString(text)
	}
	u, err := url.Parse(address.String())
	if err != nil || u.Host == "" {
		return nil, errAddress // the cause would name what was filled in
	}
	return u, nil
}

func (o *httpCall) body(t *turn, c *HTTPCall) error {
	switch {
	case o.json != nil:
		v, _, err := o.json.fill(t.env())
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
			if text := t.render(tmpl); text != "" {
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
	e := &stepError{Step: s.label(), Kind: r.Error, Status: r.Status, Text: r.ErrorText}
	switch {
	case r.Error != "":
	case r.Status < 200 || r.Status > 299:
		e.Kind, e.Text = "status", fmt.Sprintf("the answer was %d", r.Status)
	case o.returns.Kind != "":
		v, err := decodeJSON(r.Body, o.returns)
		if err != nil {
			e.Kind, e.Text = "body", fmt.Sprintf("the answer does not fit `returns`: %v", err)
		}
		saved = v
	}
	status := strconv.Itoa(r.Status)
	t.note(callNote(r.Status, e.Kind))
	if e.Kind == "" {
		o.keep(t, r.Status, saved, onceKey)
		return goOn(s.next)
	}
	for _, key := range [...]string{status, status[:1] + "xx"} {
		if to := o.on[key]; to != nil && e.Kind == "status" {
			t.run.Error = e
			return t.goTo(t.run, s, to)
		}
	}
	return outcome{kind: failed, err: e}
}

// callNote says what came of a call, each thing once.
func callNote(status int, kind string) string {
	switch {
	case status == 0:
		return kind
	case kind == "" || kind == "status":
		return "status " + strconv.Itoa(status)
	}
	return "status " + strconv.Itoa(status) + ", " + kind
}

// keep saves what a good answer has, and remembers it for its once_per key: what
// `returns` names, since the rest is read by nobody.
func (o *httpCall) keep(t *turn, status int, saved any, onceKey string) {
	if o.save != "" {
		t.run.top().vars[o.save] = saved
	}
	if onceKey == "" {
		return
	}
	done := onceResult{At: t.now, Status: status}
	if o.returns.Kind != "" {
		body, err := json.Marshal(o.returns.Encode(saved))
		if err != nil {
			t.trouble("type", "once_per: %v", err)
			return
		}
		done.Body = body
	}
	if t.c.Once == nil {
		t.c.Once = map[string]onceResult{}
	}
	t.c.Once[onceKey] = done
}
