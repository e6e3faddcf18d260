package inspect

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

//go:embed static
var static embed.FS

// A Page shows a log in a browser and replays from it. It is for one person: all
// that it tells and does needs its token, which is in no request of another site,
// and it answers only to addresses of this machine or as IP.
type Page struct {
	// Inspector replays.
	Inspector *Inspector
	// Mask hides secrets; nil shows them.
	Mask *Mask
	// Token opens the page.
	Token string
	// Host is the name of the machine that the page was asked to listen on, if it is
	// a name.
	Host string
}

// NewToken makes a token for a page.
func NewToken() string { return rand.Text() }

// The limits of the page.
const (
	maxPosted  = 64 << 10
	maxReplays = 100 // in one request
)

// beat keeps a quiet stream from being taken for dead.
const beat = 20 * time.Second

// Handler serves the page. Its streams end with the contexts of their requests,
// so the server needs a BaseContext that ends when it shall stop.
func (p *Page) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { p.file(w, r, "index.html") })
	mux.HandleFunc("GET /static/{name}", func(w http.ResponseWriter, r *http.Request) { p.file(w, r, r.PathValue("name")) })
	mux.HandleFunc("GET /api/webhooks", p.private(p.live))
	mux.HandleFunc("GET /api/webhooks/{n}", p.private(p.detail))
	mux.HandleFunc("POST /api/replay", p.private(p.replay))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if !p.known(r.Host) {
			http.Error(w, "This page is not at this address. Open the one that parley inspect printed.", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// known reports whether a Host header is one of this machine: a name of another
// site can be made to lead here.
func (p *Page) known(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return net.ParseIP(name) != nil || strings.EqualFold(name, "localhost") || p.Host != "" && strings.EqualFold(name, p.Host)
}

// file serves a file of the page, in which nothing is private.
func (p *Page) file(w http.ResponseWriter, r *http.Request, name string) {
	body, err := static.ReadFile("static/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body)
}

// private lets in who has the token, from the page itself.
func (p *Page) private(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			http.Error(w, "another site asks", http.StatusForbidden)
			return
		}
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "another site asks", http.StatusForbidden)
			return
		}
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !channels.Equal(token, p.Token) {
			http.Error(w, "the token is missing or wrong", http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// live sends the list as server-sent events: all that there is, then what comes.
// An event with reset begins anew.
func (p *Page) live(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	out := http.NewResponseController(w)
	for _, forever := range []func(time.Time) error{out.SetReadDeadline, out.SetWriteDeadline} {
		if err := forever(time.Time{}); err != nil {
			http.Error(w, "no streams here", http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	log := p.Inspector.o.Log
	var seen []*Record
	for first := true; ctx.Err() == nil; first = false {
		now := log.Records()
		fresh, reset := After(now, seen), began(now, seen)
		if seen = now; first || reset || len(fresh) > 0 {
			if p.event(w, fresh, first || reset) != nil {
				return
			}
		} else if _, err := io.WriteString(w, ": still here\n\n"); err != nil {
			return
		}
		if out.Flush() != nil {
			return
		}
		wait, done := context.WithTimeout(ctx, beat)
		err := log.Wait(wait, seen)
		done()
		if err != nil {
			return // the page tries again, and so finds out
		}
	}
}

func (p *Page) event(w io.Writer, records []*Record, reset bool) error {
	list := make([]Summary, len(records))
	for n, r := range records {
		list[n] = p.Mask.Summarize(r)
	}
	data, err := json.Marshal(struct {
		Reset    bool      `json:"reset,omitempty"`
		Forward  string    `json:"forward,omitempty"`
		Masked   bool      `json:"masked"`
		Webhooks []Summary `json:"webhooks"`
	}{reset, p.forwardsTo(), p.Mask != nil, list})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "data: %s\n\n", data)
	return err
}

func (p *Page) forwardsTo() string {
	if to := p.Inspector.o.Forward; to != nil {
		return p.Mask.Text(to.Redacted())
	}
	return ""
}

// A detail is all that is shown of a record, as texts.
type detail struct {
	Summary
	Target  string   `json:"target"`
	Type    string   `json:"type"`
	Host    string   `json:"host"`
	Remote  string   `json:"remote"`
	Headers []Header `json:"headers"`
	Body    string   `json:"body"`
	Cut     bool     `json:"cut"`
	Events  []string `json:"events"`
	Answer  *answer  `json:"answer"`
	// Was is the answer that the record got of which this one is a replay, while it is
	// kept.
	Was     *answer  `json:"was,omitempty"`
	Forward *Forward `json:"forward,omitempty"`
	Curl    string   `json:"curl"`
}

type answer struct {
	Status  int      `json:"status"`
	Headers []Header `json:"headers"`
	Body    string   `json:"body"`
	Cut     bool     `json:"cut"`
}

func newAnswer(r *Record) *answer {
	a := r.Answer
	return &answer{Status: a.Status, Headers: Headers(a.Header), Body: Pretty(a.Body, a.Header), Cut: a.Cut}
}

// detail sends one record.
func (p *Page) detail(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	log := p.Inspector.o.Log
	kept := log.Get(n)
	if err != nil || kept == nil {
		http.Error(w, "it is not kept any more", http.StatusNotFound)
		return
	}
	rec := p.Mask.Record(kept)
	d := detail{
		Summary: p.Mask.Summarize(kept), Target: string(rec.Request.Target), Type: rec.Type, Host: rec.Request.Host, Remote: rec.Request.Remote,
		Headers: Headers(rec.Request.Header), Body: Pretty(rec.Request.Body, rec.Request.Header), Cut: rec.Request.Cut,
		Events: []string{}, Answer: newAnswer(rec), Forward: rec.Forward, Curl: Curl(rec, p.curlTo()),
	}
	for _, e := range rec.Events {
		d.Events = append(d.Events, e.Indented())
	}
	if was := log.Get(rec.ReplayOf); was != nil {
		d.Was = newAnswer(p.Mask.Record(was))
	}
	send(w, d)
}

// curlTo is where a command line that is copied leads to.
func (p *Page) curlTo() string {
	if to := p.forwardsTo(); to != "" {
		return to
	}
	return "http://127.0.0.1:8080"
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // who went away needs no answer
}

// replay sends records again, in order, and tells their new numbers.
func (p *Page) replay(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "JSON is wanted", http.StatusUnsupportedMediaType)
		return
	}
	var in struct {
		Numbers []int64 `json:"numbers"`
		Resign  bool    `json:"resign"`
		Fresh   bool    `json:"fresh"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPosted)).Decode(&in); err != nil || len(in.Numbers) == 0 {
		http.Error(w, "numbers are wanted", http.StatusBadRequest)
		return
	}
	if len(in.Numbers) > maxReplays {
		http.Error(w, fmt.Sprintf("at most %d at once; parley inspect replay takes any number", maxReplays), http.StatusBadRequest)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // it takes as long as the answers do
	var out struct {
		Numbers []int64 `json:"numbers"`
		Error   string  `json:"error,omitempty"`
	}
	for _, n := range in.Numbers {
		rec := p.Inspector.o.Log.Get(n)
		if rec == nil {
			out.Error = fmt.Sprintf("webhook %d is not kept any more", n)
			break
		}
		again, err := p.Inspector.Replay(r.Context(), rec, Replay{Resign: in.Resign, Fresh: in.Fresh})
		if err != nil {
			out.Error = err.Error()
			break
		}
		out.Numbers = append(out.Numbers, again.N)
	}
	send(w, out)
}

// Address is what to open in a browser, with the token where no server sees it.
func (p *Page) Address(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return (&url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/", Fragment: p.Token}).String()
}
