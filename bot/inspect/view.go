package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Summary is a record as lists have it.
type Summary struct {
	N         int64     `json:"n"`
	Time      time.Time `json:"time"`
	ReplayOf  int64     `json:"replay_of,omitempty"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Channel   string    `json:"channel,omitempty"`
	Kind      string    `json:"kind"`
	Text      string    `json:"text"`
	Signature Signature `json:"signature"`
	Status    int       `json:"status"`
	Failed    bool      `json:"failed,omitempty"`
	// Problem says what is wrong: why it was refused, or not passed on.
	Problem string  `json:"problem,omitempty"`
	Millis  float64 `json:"ms"`
}

// Summarize returns the summary of a record, without the secrets that the mask
// knows. It has texts of people.
func (m *Mask) Summarize(r *Record) Summary {
	bare := *r
	bare.Request.Body, bare.Answer.Body = "", "" // which take long to look through, and are not in it
	r = m.Record(&bare)
	s := Summary{
		N: r.N, Time: r.Time, ReplayOf: r.ReplayOf, Method: r.Request.Method, Path: r.Path(), Channel: r.Channel, Kind: r.Kind(),
		Text: r.Short(), Signature: r.Signature, Status: r.Answer.Status, Failed: r.Failed(), Problem: r.Reason, Millis: r.Millis,
	}
	if r.Forward != nil && r.Forward.Error != "" {
		s.Problem = strings.TrimPrefix(s.Problem+"; not passed on: "+r.Forward.Error, "; ")
	}
	return s
}

// A Header is one line of the head of a request or an answer.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Headers lists headers in the order of their names.
func Headers(h map[string][]Text) []Header {
	out := []Header{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, Header{name, strings.ToValidUTF8(string(v), "\uFFFD")})
		}
	}
	return out
}

// Pretty returns a body as it is best read: JSON indented, with the digits of its
// numbers as they came; a form as a line for each of its fields; anything that is
// no text in hexadecimal.
func Pretty(body Text, header map[string][]Text) string {
	b := []byte(body)
	var out bytes.Buffer
	switch kind := first(header["Content-Type"]); {
	case len(b) == 0:
		return ""
	case json.Indent(&out, b, "", "  ") == nil:
		return out.String()
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded") && utf8.Valid(b):
		return prettyForm(string(b))
	case !utf8.Valid(b):
		return hex.Dump(b)
	}
	return string(b)
}

// prettyForm has a line for each field of a form, and JSON in it indented.
func prettyForm(form string) string {
	var out strings.Builder
	for pair := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = unescape(name)
		value, whole := unescape(value)
		var inner bytes.Buffer
		if whole && strings.HasPrefix(value, "{") && json.Indent(&inner, []byte(value), "", "  ") == nil {
			value = inner.String()
		}
		out.WriteString(name + " = " + value + "\n")
	}
	return out.String()
}

func unescape(s string) (string, bool) {
	u, err := url.QueryUnescape(s)
	if err != nil || !utf8.ValidString(u) {
		return s, false
	}
	return u, true
}

func first(values []Text) string {
	if len(values) == 0 {
		return ""
	}
	return string(values[0])
}

// Curl returns a command line that sends the request of a record to an address, for
// a POSIX shell.
func Curl(r *Record, to string) string {
	var b strings.Builder
	body := r.Request.Body
	binary := !utf8.ValidString(string(body)) || strings.Contains(string(body), "\x00")
	if binary { // which no shell takes as an argument
		b.WriteString("printf %s '" + base64.StdEncoding.EncodeToString([]byte(body)) + "' | base64 -d | ")
	}
	b.WriteString("curl -i")
	if m := r.Request.Method; m != http.MethodPost || body == "" {
		b.WriteString(" -X " + shellQuote(m))
	}
	b.WriteString(" " + shellQuote(strings.TrimSuffix(to, "/")+string(r.Request.Target)))
	if r.Request.Host != "" {
		b.WriteString(" \\\n  -H " + shellQuote("Host: "+r.Request.Host))
	}
	for _, h := range Headers(r.Request.Header) {
		switch h.Name {
		case "Content-Length", "Connection", "Transfer-Encoding", "Expect":
			continue
		}
		b.WriteString(" \\\n  -H " + shellQuote(h.Name+": "+h.Value))
	}
	switch {
	case binary:
		b.WriteString(" \\\n  --data-binary @-")
	case body != "":
		b.WriteString(" \\\n  --data-raw " + shellQuote(string(body)))
	}
	return b.String()
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Indented returns an event as indented JSON.
func (e Event) Indented() string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(e); err != nil {
		return "it can't be shown: " + err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}
