package webchat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// A file is something that browsers load.
type file struct {
	kind   string
	tag    string // of the content
	body   []byte
	zipped []byte
}

func newFile(kind, body string) (file, error) {
	sum := sha256.Sum256([]byte(body))
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return file{}, err
	}
	if _, err := z.Write([]byte(body)); err != nil {
		return file{}, err
	}
	if err := z.Close(); err != nil {
		return file{}, err
	}
	return file{
		kind: kind + "; charset=utf-8", tag: base64.RawURLEncoding.EncodeToString(sum[:12]),
		body: []byte(body), zipped: zipped.Bytes(),
	}, nil
}

// newFiles returns the files of a web chat by their names, the settings filled
// in, each escaped for where it stands.
func newFiles(look appearance) (map[string]file, error) {
	theme, err := newFile("text/css", look.theme.css())
	if err != nil {
		return nil, fmt.Errorf("embedded page: %w", err)
	}
	files := map[string]file{"theme.css": theme}
	for _, f := range []struct {
		name, kind string
		escape     func(string) string
	}{
		{"index.html", "text/html", html.EscapeString},
		{"icon.svg", "image/svg+xml", html.EscapeString},
		{"widget.js", "text/javascript", quoted},
		{"chat.css", "text/css", nil},
		{"chat.js", "text/javascript", nil},
		{"line.js", "text/javascript", nil},
		{"view.js", "text/javascript", nil},
	} {
		raw, err := static.ReadFile("static/" + f.name)
		if err != nil {
			return nil, fmt.Errorf("embedded page: %w", err)
		}
		body := string(raw)
		if f.escape != nil {
			body = look.fill(body, f.escape)
		}
		if files[f.name], err = newFile(f.kind, body); err != nil {
			return nil, fmt.Errorf("embedded page: %w", err)
		}
	}
	return files, nil
}

func (a appearance) fill(body string, escape func(string) string) string {
	return strings.NewReplacer(
		"@title@", escape(a.title),
		"@initial@", escape(a.initial),
		"@accent@", escape(a.theme.accent.String()),
		"@on-accent@", escape(a.theme.onAccent.String()),
	).Replace(body)
}

// quoted writes a text as JavaScript does. JSON as Go writes it is safe there.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // texts always encode
	}
	return string(b)
}

// pages routes the page, the widget and what they load.
func (c *Channel) pages(mux *http.ServeMux) {
	policy := c.pagePolicy()
	for name, f := range c.files {
		switch name {
		case "index.html":
			mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Security-Policy", policy)
				if len(c.sites) == 0 { // for browsers too old for frame-ancestors
					w.Header().Set("X-Frame-Options", "SAMEORIGIN")
				}
				f.serve(w, r)
			})
		case "widget.js":
			mux.HandleFunc("GET /widget.js", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
				f.serve(w, r)
			})
		default:
			mux.HandleFunc("GET /"+name, f.serve)
		}
	}
}

// serve answers with the file. Browsers keep it, and ask each time whether it is
// still the same.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	body, tag := f.body, f.tag
	if takesGzip(r) {
		body, tag = f.zipped, f.tag+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if name, _, weighted := strings.Cut(part, ";"); !weighted && strings.TrimSpace(name) == "gzip" {
			return true
		}
	}
	return false
}

// pagePolicy lets the page load its own files and show what the bot sends, and
// nothing else; and lets only the listed sites frame it.
func (c *Channel) pagePolicy() string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
		"img-src 'self' http: https:; media-src 'self' http: https:; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors " + strings.Join(append([]string{"'self'"}, c.sites...), " ")
}
