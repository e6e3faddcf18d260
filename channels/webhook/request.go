package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A request is what a setting such as send_text says, ready to be filled in. It
// never changes. A nil one is that of an empty setting.
type request struct {
	method      string
	path, query []piece
	hasQuery    bool
	body        node // nil for none
	form        []formField
}

// A formField is a field of a body that is a form.
type formField struct {
	name  string
	value []piece
}

// messageNames are the names that the requests of messages fill in.
func messageNames() []string {
	return slices.Concat(checkNames(), []string{
		"account", "conversation", "ref", "uuid", "text", "form", "media.url", "media.kind", "media.mime", "media.name", "media.file_name",
		"location.latitude", "location.longitude", "location.name", "location.address", "contact.name", "contact.phone",
		"contact.email", "contact.vcard", "contact.phones", "template.name", "template.language", "template.values", "option.N.id",
		"option.N.label", "option.N.hint", "template.N.value",
	})
}

// checkNames are those of all requests.
func checkNames() []string { return []string{"from", "api_key", "api_user", "basic_auth"} }

// newRequest reads a request such as `POST /send {"text": "{text}"}`.
func newRequest(text string, known []string) (*request, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	r := &request{method: http.MethodPost}
	first := strings.FieldsFunc(text, isSpace)[0]
	if slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, first) {
		r.method, text = first, strings.TrimSpace(text[len(first):])
	}
	at, body := text, ""
	if i := strings.IndexFunc(text, isSpace); i >= 0 {
		at, body = text[:i], strings.TrimSpace(text[i:])
	}
	if !strings.HasPrefix(at, "/") {
		return nil, errors.New("is not a request such as POST /messages: its path begins with a slash and has no spaces")
	}
	before, query, has := cutQuery(at)
	var err error
	if r.path, err = newText(before, known); err != nil {
		return nil, fmt.Errorf("has a path that is wrong %w", err)
	}
	if r.query, err = newText(query, known); err != nil {
		return nil, fmt.Errorf("has a query that is wrong %w", err)
	}
	r.hasQuery = has
	return r, r.readBody(body, known)
}

// cutQuery cuts an address at its question mark; that of {name?} is none.
func cutQuery(at string) (before, query string, has bool) {
	inside := false
	for i := range len(at) {
		switch at[i] {
		case '{':
			inside = true
		case '}':
			inside = false
		case '?':
			if !inside {
				return at[:i], at[i+1:], true
			}
		}
	}
	return at, "", false
}

func isSpace(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }

func (r *request) readBody(body string, known []string) (err error) {
	switch {
	case body == "":
		return nil
	case strings.HasPrefix(body, "{"), strings.HasPrefix(body, "["):
		r.body, err = newBody(body, known)
		return err
	}
	for line := range strings.Lines(body) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if name == "" && !ok {
			continue
		}
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, "{}") {
			return fmt.Errorf("has a body that is neither JSON nor lines such as to={conversation}: %.40q", line)
		}
		pieces, err := newText(strings.TrimSpace(value), known)
		if err != nil {
			return fmt.Errorf("has a field %s that is wrong %w", name, err)
		}
		r.form = append(r.form, formField{name, pieces})
	}
	return nil
}

// uses reports whether the request fills in a name, or one that begins with it and
// goes on with a dot.
func (r *request) uses(name string) bool {
	found := false
	r.each(func(p piece, _ bool) {
		found = found || p.name == name || strings.HasPrefix(p.name, name+".")
	})
	return found
}

// each calls f for every piece that the request fills in.
func (r *request) each(f func(p piece, repeated bool)) {
	if r == nil {
		return
	}
	lists := [][]piece{r.path, r.query}
	for _, field := range r.form {
		lists = append(lists, field.value)
	}
	for _, pieces := range lists {
		eachPiece(textNode(pieces), false, f)
	}
	if r.body != nil {
		eachPiece(r.body, false, f)
	}
}

// url fills in the path and the query. A value stays one segment of the path, or
// one value of the query.
func (r *request) url(v values) (string, error) {
	out, err := fillText(r.path, v, func(s string) (string, error) {
		if s == "." || s == ".." {
			return "", errors.New("a value is no part of a path")
		}
		return url.PathEscape(s), nil
	})
	if err != nil || !r.hasQuery {
		return out, err
	}
	query, err := fillText(r.query, v, func(s string) (string, error) { return url.QueryEscape(s), nil })
	return out + "?" + query, err
}

// encodedForm fills in the fields of a form; those that are left empty are left out.
func (r *request) encodedForm(v values) (string, error) {
	var out []string
	for _, f := range r.form {
		t, err := fillText(f.value, v, func(s string) (string, error) { return s, nil })
		if err != nil {
			return "", err
		}
		if t != "" {
			out = append(out, url.QueryEscape(f.name)+"="+url.QueryEscape(t))
		}
	}
	return strings.Join(out, "&"), nil
}

// call makes the call of a request. Nothing is sent yet.
func (o *sender) call(r *request, v values) (*channels.Call, *http.Client, error) {
	address, err := r.url(v)
	if err != nil {
		return nil, nil, err
	}
	call := &channels.Call{Method: r.method, URL: o.apiURL + address, Header: http.Header{}, Secrets: o.secrets}
	for _, h := range o.header {
		value, err := fillText(h.value, o.fixed, func(s string) (string, error) { return s, nil })
		if err != nil {
			return nil, nil, err
		}
		call.Header.Add(h.name, value)
	}
	client := o.client
	switch {
	case r.body != nil:
		call.In, _, _, err = r.body.fill(v)
	case len(r.form) > 0:
		var form string
		form, err = r.encodedForm(v)
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		client = withForm(client, form)
	}
	return call, client, err
}

// withForm returns a client whose next request has a form as its body, since a
// Call knows JSON alone.
func withForm(client *http.Client, form string) *http.Client {
	out := *client
	out.Transport = &formed{client.Transport, form}
	return &out
}

type formed struct {
	base http.RoundTripper
	form string
}

// RoundTrip makes the request. One that a redirect turned into a GET has no body.
func (f *formed) RoundTrip(r *http.Request) (*http.Response, error) {
	base := f.base
	if base == nil {
		base = http.DefaultTransport
	}
	if r.Method == http.MethodGet {
		return base.RoundTrip(r)
	}
	with, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), strings.NewReader(f.form))
	if err != nil {
		return nil, err
	}
	with.Header, with.Host = r.Header, r.Host
	return base.RoundTrip(with)
}

// A header is a line of the setting headers.
type header struct {
	name  string
	value []piece
}

func newHeaders(lines []string) ([]header, error) {
	var out []header
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || !isToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf(`setting "headers" line %d is not Name: value`, i+1)
		}
		pieces, err := newText(value, checkNames())
		if err != nil {
			return nil, fmt.Errorf(`setting "headers" line %d, behind the name, %w`, i+1, err)
		}
		out = append(out, header{http.CanonicalHeaderKey(name), pieces})
	}
	return out, nil
}

// isToken says whether a header can have this name.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// Check makes the request of the setting check and returns a line. Without that
// setting it asks nothing, and says so.
func (o *sender) Check(ctx context.Context) (string, error) {
	if o.check == nil {
		return "not asked: set check to have the API tried", nil
	}
	call, client, err := o.call(o.check, o.fixed)
	if err != nil {
		return "", &channels.SendError{Kind: channels.ErrInvalid, Err: err}
	}
	call.Failure = o.failure
	if err := call.Do(ctx, client); err != nil {
		return "", fmt.Errorf("make the request of check: %w", err)
	}
	return "the API answers", nil
}
