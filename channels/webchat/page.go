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
	"strconv"
	"strings"
	"time"
)

//go:embed static/*.html static/*.css static/*.js static/*.svg
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

// pages are the chat page in each language.
type pages struct {
	words *words
	html  map[string]file
}

// newFiles returns the files of a web chat by their names, the settings filled
// in, each escaped for where it stands, and the page in every language.
func newFiles(look *appearance, up *uploads) (map[string]file, *pages, error) {
	theme, err := newFile("text/css", look.theme.css(look.scheme, look.radius))
	if err != nil {
		return nil, nil, fmt.Errorf("embedded page: %w", err)
	}
	files := map[string]file{"theme.css": theme}
	for _, f := range []struct {
		name, kind string
		fill       func(string) string
	}{
		{"icon.svg", "image/svg+xml", func(body string) string { return look.fill(body, html.EscapeString) }},
		{"widget.js", "text/javascript", look.fillWidget},
		{"chat.css", "text/css", nil},
		{"chat.js", "text/javascript", nil},
		{"composer.js", "text/javascript", nil},
		{"dom.js", "text/javascript", nil},
		{"frame.js", "text/javascript", nil},
		{"keep.js", "text/javascript", nil},
		{"line.js", "text/javascript", nil},
		{"media.js", "text/javascript", nil},
		{"outbox.js", "text/javascript", nil},
		{"texts.js", "text/javascript", nil},
		{"view.js", "text/javascript", nil},
	} {
		raw, err := static.ReadFile("static/" + f.name)
		if err != nil {
			return nil, nil, fmt.Errorf("embedded page: %w", err)
		}
		body := string(raw)
		if f.fill != nil {
			body = f.fill(body)
		}
		if files[f.name], err = newFile(f.kind, body); err != nil {
			return nil, nil, fmt.Errorf("embedded page: %w", err)
		}
	}
	p := &pages{words: look.words, html: map[string]file{}}
	raw, err := static.ReadFile("static/index.html")
	if err != nil {
		return nil, nil, fmt.Errorf("embedded page: %w", err)
	}
	for tag := range look.words.texts {
		if p.html[tag], err = newFile("text/html", look.fillPage(string(raw), tag, up)); err != nil {
			return nil, nil, fmt.Errorf("embedded page: %w", err)
		}
	}
	return files, p, nil
}

func (a *appearance) fill(body string, escape func(string) string, more ...string) string {
	return strings.NewReplacer(append([]string{
		"@title@", escape(a.title),
		"@accent@", escape(a.theme.accent.String()),
		"@on-accent@", escape(a.theme.onAccent.String()),
		"@light-bar@", escape(a.bar("light")),
		"@dark-bar@", escape(a.bar("dark")),
		"@radius@", escape(strconv.Itoa(a.radius)),
		"@scheme@", escape(a.scheme),
		"@position@", escape(a.position),
	}, more...)...).Replace(body)
}

// fillPage fills the page in a language. Its scripts read the texts and settings
// from blocks of data, which no policy takes for code.
func (a *appearance) fillPage(body, tag string, up *uploads) string {
	texts := a.words.texts[tag]
	face := html.EscapeString(a.initial)
	if a.logo != "" {
		face = `<img src="` + html.EscapeString(a.logo) + `" alt="">`
	}
	more := []string{
		"@language@", tag, "@direction@", direction(tag), "@face@", face,
		"@texts@", inJSON(texts), "@settings@", inJSON(map[string]any{"uploads": up.types, "size": up.size}),
	}
	for name, text := range texts {
		more = append(more, "@t."+name+"@", html.EscapeString(text))
	}
	return a.fill(body, html.EscapeString, more...)
}

// fillWidget fills the script that other sites load with what it has to say.
func (a *appearance) fillWidget(body string) string {
	said := map[string][3]string{}
	for tag, texts := range a.words.texts {
		said[tag] = [3]string{texts["open"], texts["close"], texts["unread"]}
	}
	fixed := ""
	if a.words.fixed {
		fixed = a.words.tags[0]
	}
	return a.fill(body, inJSON[string], "@texts@", inJSON(said), "@language@", inJSON(fixed))
}

// inJSON writes a value as JavaScript does. JSON as Go writes it is safe there and
// within HTML.
func inJSON[T any](v T) string {
	b, err := json.Marshal(v)
	if err != nil {
		return `""` // texts and lists of them always encode
	}
	return string(b)
}

// route routes the page, the widget and what they load.
func (c *Channel) route(mux *http.ServeMux) {
	policy := c.pagePolicy()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Add("Vary", "Accept-Language")
		if len(c.sites) == 0 { // for browsers too old for frame-ancestors
			w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		}
		tag := c.pages.words.pick(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
		w.Header().Set("Content-Language", tag)
		c.pages.html[tag].serve(w, r)
	})
	for name, f := range c.files {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			if name == "widget.js" {
				w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
			}
			f.serve(w, r)
		})
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
		"img-src 'self' blob: http: https:; media-src 'self' http: https:; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors " + strings.Join(append([]string{"'self'"}, c.sites...), " ")
}
