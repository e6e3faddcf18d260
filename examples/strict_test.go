package examples

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// checkStrict repeats the requests that a platform took, each with one thing wrong:
// it must not take any. So what it took was as its vendor documents it.
func (p *platform) checkStrict() {
	refused := 0
	p.mu.Lock()
	p.refusals = func() { refused++ } // requests come one by one here
	p.fault = nil
	kinds, before := p.kinds(), p.lastID
	p.mu.Unlock()
	for _, a := range kinds {
		p.repeat(a, "a field that nobody documents", func(r *request) { r.body["parse_mode"] = "HTML" })
		p.repeat(a, "another path", func(r *request) { r.path += "s" })
		p.repeat(a, "other credentials", func(r *request) {
			r.path, r.query = strings.ReplaceAll(r.path, mark, "other"), strings.ReplaceAll(r.query, mark, "other")
			for name, values := range r.header {
				r.header[name] = []string{strings.ReplaceAll(values[0], mark, "other")}
			}
		})
		p.repeat(a, "texts that are too long", func(r *request) { r.body = longer(r.body).(map[string]any) })
		p.repeat(a, "nothing in it", func(r *request) { r.body = map[string]any{} })
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lastID != before {
		p.t.Errorf("the platform took %d of the wrong requests", p.lastID-before)
	}
	if len(kinds) == 0 || refused < 5*len(kinds) {
		p.t.Errorf("the platform refused %d of %d wrong requests", refused, 5*len(kinds))
	}
}

// kinds are requests of each form: a text, buttons, a list, a template.
func (p *platform) kinds() []*asked {
	forms := map[string]*asked{}
	for _, a := range p.taken {
		var in map[string]any
		if json.Unmarshal(a.body, &in) != nil {
			continue
		}
		form := a.r.URL.Path + strings.Join(slices.Sorted(maps.Keys(in)), " ")
		if forms[form] == nil {
			forms[form] = a
		}
	}
	return slices.Collect(maps.Values(forms))
}

// A request is what can be changed in one.
type request struct {
	path, query string
	header      http.Header
	body        map[string]any
}

// repeat repeats a request, with a change.
func (p *platform) repeat(a *asked, what string, change func(r *request)) {
	p.t.Helper()
	r := request{path: a.r.URL.EscapedPath(), query: a.r.URL.RawQuery, header: a.r.Header.Clone()}
	if err := json.Unmarshal(a.body, &r.body); err != nil {
		p.t.Fatal(err)
	}
	change(&r)
	out, err := http.NewRequestWithContext(p.t.Context(), a.r.Method, p.url+r.path+"?"+r.query, bytes.NewReader(encode(p.t, r.body)))
	if err != nil {
		p.t.Fatal(err)
	}
	out.Header = r.header
	client := http.Client{Timeout: time.Minute}
	resp, err := client.Do(out)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		p.t.Errorf("%s: %v", what, err)
	}
}

// longer makes every text longer than any platform takes.
func longer(v any) any {
	switch v := v.(type) {
	case string:
		return v + strings.Repeat("x", 30_000)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = longer(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name := range v {
			out[name] = longer(v[name])
		}
		return out
	}
	return v
}
