package inspect

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-chat/parley/flows"
)

// hidden stands for a secret.
const hidden = "***"

// leastSecret is the length, in bytes, from which on a secret is looked for
// everywhere: a shorter one would be found in other words.
const leastSecret = 4

// A Mask hides secrets: the values of secret settings of a bot wherever they stand,
// and what headers, parameters and fields with names such as token have. A nil *Mask
// hides nothing. It is safe for concurrent use.
type Mask struct {
	replace  *strings.Replacer
	headers  *regexp.Regexp
	open     *regexp.Regexp // headers whose names only sound like it
	fields   *regexp.Regexp
	inner    *regexp.Regexp // fields of JSON within a text of JSON
	form     *regexp.Regexp
	formJSON *regexp.Regexp
}

// NewMask makes the mask of a bot; without one it goes by names alone.
func NewMask(b *flows.Bot) *Mask {
	const name = `(?:[a-z_-]*token|[a-z_-]*secret|password|passwd|api_?key|authorization|response_url)`
	m := &Mask{
		replace:  strings.NewReplacer(),
		headers:  regexp.MustCompile(`(?i)token|secret|passw|credential|cookie|^(proxy-)?authorization$|api-?key|^appkey$|^x-.*-key$`),
		open:     regexp.MustCompile(`(?i)^idempotency`),
		fields:   regexp.MustCompile(`(?i)("` + name + `"\s*:\s*)"(?:[^"\\]|\\.)+"`),
		inner:    regexp.MustCompile(`(?i)(\\"` + name + `\\"\s*:\s*)\\"[^"\\]+`),
		form:     regexp.MustCompile(`(?i)((?:^|[&?])(?:key|sig|` + name + `|hub\.verify_token)=)[^&\s"'<>\\]+`),
		formJSON: regexp.MustCompile(`(?i)(%22` + name + `%22%3A(?:\+|%20)*%22)(?:[^%]|%[013-9A-F][0-9A-F]|%2[013-9A-F])+`),
	}
	var pairs []string
	for _, s := range secretsOf(b) {
		for _, form := range forms(s) {
			pairs = append(pairs, form, hidden)
		}
	}
	if len(pairs) > 0 {
		m.replace = strings.NewReplacer(pairs...)
	}
	return m
}

// secretsOf are the secrets of a bot, the longest first: one may hold another.
func secretsOf(b *flows.Bot) []string {
	if b == nil {
		return nil
	}
	return slices.DeleteFunc(b.Secrets(), func(s string) bool { return len(s) < leastSecret })
}

// forms are how a secret may be written.
func forms(s string) []string {
	out := []string{s}
	quoted, err := json.Marshal(s)
	if err != nil {
		quoted = nil
	}
	for _, f := range []string{url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`)} {
		if f != "" && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// Text hides secrets in any text.
func (m *Mask) Text(s string) string {
	if m == nil {
		return s
	}
	return m.replace.Replace(s)
}

// body hides secrets in a body.
func (m *Mask) body(t Text) Text {
	s := m.Text(string(t))
	s = m.fields.ReplaceAllString(s, `${1}"`+hidden+`"`)
	s = m.inner.ReplaceAllString(s, `${1}\"`+hidden)
	s = m.formJSON.ReplaceAllString(s, `${1}`+hidden)
	return Text(m.form.ReplaceAllString(s, `${1}`+hidden))
}

// header hides secrets in headers. Of authorization the scheme stays.
func (m *Mask) header(h map[string][]Text) map[string][]Text {
	out := make(map[string][]Text, len(h))
	for name, values := range h {
		for _, v := range values {
			text := m.form.ReplaceAllString(m.Text(string(v)), `${1}`+hidden) // addresses have parameters
			if m.headers.MatchString(name) && !m.open.MatchString(name) {
				scheme, rest, ok := strings.Cut(string(v), " ")
				if text = hidden; ok && rest != "" && strings.HasSuffix(name, "Authorization") {
					text = m.Text(scheme) + " " + hidden
				}
			}
			out[name] = append(out[name], Text(text))
		}
	}
	return out
}

// Record returns a copy of a record without secrets.
func (m *Mask) Record(r *Record) *Record {
	if m == nil {
		return r
	}
	c := *r
	c.Reason = m.Text(r.Reason)
	c.Request.Target = Text(m.form.ReplaceAllString(m.Text(string(r.Request.Target)), `${1}`+hidden))
	c.Request.Header = m.header(r.Request.Header)
	c.Request.Body = m.body(r.Request.Body)
	c.Answer.Header = m.header(r.Answer.Header)
	c.Answer.Body = m.body(r.Answer.Body)
	if r.Forward != nil {
		f := *r.Forward
		f.To, f.Error = m.Text(f.To), m.Text(f.Error)
		c.Forward = &f
	}
	c.Events = m.events(r.Events)
	return &c
}

// events hides secrets in what was decoded. An event that could not be read any
// more without them is left out, so that none is shown.
func (m *Mask) events(events []Event) []Event {
	var out []Event
	for _, e := range events {
		raw, err := json.Marshal(e)
		if err != nil {
			continue
		}
		var masked Event
		d := json.NewDecoder(bytes.NewReader([]byte(m.body(Text(raw)))))
		d.UseNumber()
		if d.Decode(&masked) == nil {
			out = append(out, masked)
		}
	}
	return out
}
