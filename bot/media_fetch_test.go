package bot

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// brings posts a message with media and returns the links that flows see.
func brings(t *testing.T, b *Bot, links chan string, conversation, id string, m ...channels.Media) []string {
	t.Helper()
	mustPost(t, b, sent(conversation, id, m...))
	var out []string
	for range m {
		select {
		case l := <-links:
			out = append(out, l)
		case <-time.After(time.Minute):
			t.Fatal("the flows saw nothing")
		}
	}
	return out
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s did not happen", what)
		}
	}
}

// A file server whose answers are hostile, and one that may be reached.
func fileServer(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func hostOf(s *httptest.Server) string { return s.Listener.Addr().String() }

// What addresses of platforms lead to is kept right after the event, and its link
// opens it when the address is dead.
func TestMediaOfAddressesAreKept(t *testing.T) {
	var alive atomic.Bool
	var asked atomic.Int64
	alive.Store(true)
	files := fileServer(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if !alive.Load() {
			w.WriteHeader(http.StatusGone)
			return
		}
		w.Header().Set("Content-Type", "text/html") // a lie
		_, _ = io.WriteString(w, png+r.URL.Path)
	})
	links := make(chan string, 10)
	b := startTestBot(t, setup{channel: newPlatform(), public: "https://bot.example.com/in", engine: listen(links), allow: []string{hostOf(files)}})
	link := brings(t, b, links, "ann", "1", channels.Media{Kind: channels.Image, URL: files.URL + "/one", Name: "one.png"})[0]
	if strings.Contains(link, hostOf(files)) || !strings.HasPrefix(link, "https://bot.example.com/in/media/") {
		t.Fatalf("link %s", link)
	}
	eventually(t, "the download", func() bool { return len(filesIn(t, b.media.temporary)) == 2 }) // content and note
	alive.Store(false)
	if w := follow(t, b, link); w.Code != 200 || w.Body.String() != png+"/one" || w.Header().Get("Content-Disposition") != "inline; filename=one.png" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	if w := follow(t, b, link, "Range", "bytes=1-3"); w.Code != 206 || w.Body.String() != "PNG" || w.Header().Get("Content-Range") != "bytes 1-3/12" {
		t.Errorf("a part: %d %q %v", w.Code, w.Body, w.Header())
	}
	if w := follow(t, b, link, "If-None-Match", follow(t, b, link).Header().Get("ETag")); w.Code != 304 {
		t.Errorf("again: %d", w.Code)
	}
	// The platform repeats the event, and somebody else sends what is gone.
	mustPost(t, b, sent("ann", "1", channels.Media{Kind: channels.Image, URL: files.URL + "/one"}))
	gone := brings(t, b, links, "bob", "2", channels.Media{Kind: channels.Image, URL: files.URL + "/one"})[0]
	if w := follow(t, b, gone); w.Code != 404 {
		t.Errorf("gone: %d", w.Code)
	}
	if n := asked.Load(); n > 3 {
		t.Errorf("the platform was asked %d times", n)
	}
}

// Whatever a server does, nothing of it is kept or passed on but a file within the
// limits from an address that may be reached.
func TestHostileDownloadsAreRefused(t *testing.T) {
	private := fileServer(t, func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the private address was reached")
		_, _ = io.WriteString(w, png)
	})
	_, privatePort, _ := strings.Cut(hostOf(private), ":")
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := z.Write(make([]byte, 10<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	answers := map[string]http.HandlerFunc{
		"/huge": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, png)
			for range 1 << 10 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return // it was cut
				}
			}
			t.Error("64 MB were taken")
		},
		"/long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(1<<30))
			_, _ = io.WriteString(w, png)
		},
		"/short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, png)
		},
		"/bomb": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("accepts %s", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(bomb.Bytes())
		},
		"/coded": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, png)
		},
		"/packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(bomb.Bytes())
		},
		"/page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html><script>alert(1)</script>")
		},
		"/inside": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, private.URL+"/x", http.StatusFound) },
		"/named": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://localhost:"+privatePort+"/x", http.StatusFound)
		},
		"/file": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		},
		"/round":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) },
		"/nothing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/part": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, png)
		},
	}
	open := fileServer(t, func(w http.ResponseWriter, r *http.Request) { answers[r.URL.Path](w, r) })
	addresses := []string{
		private.URL + "/x", "http://localhost:" + privatePort + "/x", "http://[::1]:" + privatePort + "/x", "http://169.254.169.254/latest/meta-data",
		"http://0x7f000001:" + privatePort + "/x", "http://[::ffff:127.0.0.1]:" + privatePort + "/x",
	}
	for path := range answers {
		addresses = append(addresses, open.URL+path)
	}
	links := make(chan string, 100)
	var logs syncBuffer
	b := startTestBot(t, setup{channel: newPlatform(), public: "https://bot.example.com/in", engine: listen(links), allow: []string{hostOf(open)}, logs: &logs})
	for i, address := range addresses {
		link := brings(t, b, links, "ann", strconv.Itoa(i), channels.Media{Kind: channels.Image, URL: address + "?secret=s3cret", MIME: "image/png"})[0]
		if w := follow(t, b, link); w.Code != 404 && w.Code != 502 || w.Body.Len() > 0 {
			t.Errorf("%s: %d with %d bytes", address, w.Code, w.Body.Len())
		}
	}
	if files := filesIn(t, b.media.temporary); len(files) != 0 {
		t.Errorf("kept: %v", files)
	}
	if strings.Contains(logs.String(), "s3cret") {
		t.Error("the log has addresses")
	}
}

// A name that looks public and leads inside is found out when it is connected to,
// whatever it led to before.
func TestNamesThatLeadInsideAreRefused(t *testing.T) {
	private := fileServer(t, func(w http.ResponseWriter, _ *http.Request) { t.Error("the private address was reached") })
	dns, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	served := make(chan struct{})
	go func() {
		defer close(served)
		question := make([]byte, 1500)
		for {
			n, from, err := dns.ReadFrom(question)
			if err != nil {
				return // closed
			}
			asked.Add(1)
			var m dnsmessage.Message
			if err := m.Unpack(question[:n]); err != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
				}}
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = dns.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() {
		_ = dns.Close()
		<-served
	})
	g := newGuard(nil)
	g.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", dns.LocalAddr().String())
	}}
	b := startTestBot(t, setup{channel: newPlatform(), engine: script(echo)})
	b.version.Load().calls.media = g.downloads()
	_, port, _ := strings.Cut(hostOf(private), ":")
	_, err = b.media.fetch(t.Context(), media.Ref{Owner: "ann", URL: "http://files.example.com:" + port + "/x", Since: time.Now()})
	if err == nil || !strings.Contains(err.Error(), errGuarded.Error()) || asked.Load() == 0 {
		t.Errorf("%v, after %d questions", err, asked.Load())
	}
}

// slow is a body that says something now and then, or never, until its request is
// given up.
type slow struct {
	ctx   context.Context
	every time.Duration // 0: never
	first bool
}

func (s *slow) Read(p []byte) (int, error) {
	if !s.first {
		s.first = true
		return copy(p, png), nil
	}
	var tick <-chan time.Time
	if s.every > 0 {
		tick = time.After(s.every)
	}
	select {
	case <-tick:
		p[0] = 'x'
		return 1, nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

func (s *slow) Close() error { return nil }

func TestSlowDownloadsAreGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		every time.Duration
		begun bool // nothing comes at all
		want  time.Duration
	}{"silent": {0, false, mediaIdle}, "dumb": {0, true, mediaIdle}, "dripping": {mediaIdle - time.Second, false, mediaTime}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGallery()
				g.open = func(ctx context.Context, _ string) (io.ReadCloser, string, error) {
					return &slow{ctx: ctx, every: c.every, first: c.begun}, "image/png", nil
				}
				links := make(chan string, 1)
				b := newTestBot(t, setup{channel: g, engine: listen(links)})
				defer stopTestBot(t, b)
				ref, ok := b.media.read(brings(t, b, links, "ann", "1", channels.Media{Kind: channels.Image, ID: "1"})[0])
				if !ok {
					t.Fatal("no link of ours")
				}
				began := time.Now()
				_, err := b.media.fetch(t.Context(), ref)
				if took := time.Since(began); err == nil || took != c.want {
					t.Errorf("%v after %s, not %s", err, took, c.want)
				}
			})
		})
	}
}

// A reply does not wait for a download.
func TestRepliesDoNotWaitForMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGallery()
		g.open = func(ctx context.Context, _ string) (io.ReadCloser, string, error) {
			<-ctx.Done()
			return nil, "", ctx.Err()
		}
		b := startTestBot(t, setup{channel: g, engine: script(echo)})
		began := time.Now()
		mustPost(t, b, sent("ann", "1", channels.Media{Kind: channels.Image, ID: "1"}))
		g.take(t, 1)
		if took := time.Since(began); took != 0 {
			t.Errorf("the reply took %s", took)
		}
	})
}

// What fails for a while is tried again; what can't succeed is not.
func TestFetchesAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGallery()
		var fails, never atomic.Int64
		fails.Store(2)
		g.open = func(_ context.Context, id string) (io.ReadCloser, string, error) {
			if id == "never" {
				never.Add(1)
				return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("no such file")}
			}
			if fails.Add(-1) >= 0 {
				return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("busy")}
			}
			return io.NopCloser(strings.NewReader(png)), "image/png", nil
		}
		links := make(chan string, 2)
		b := startTestBot(t, setup{channel: g, engine: listen(links)})
		got := brings(t, b, links, "ann", "1", channels.Media{Kind: channels.Image, ID: "later"}, channels.Media{Kind: channels.Image, ID: "never"})
		time.Sleep(mediaTryAgain * 5)
		synctest.Wait()
		ref, _ := b.media.read(got[0])
		if _, err := b.media.store.Find(t.Context(), ref.Owner, ref.Source()); err != nil {
			t.Errorf("after its retries: %v", err)
		}
		if n := never.Load(); n != 1 {
			t.Errorf("what can't succeed was tried %d times", n)
		}
	})
}

// Whoever opens a link while its file comes waits for the one download.
func TestManyOpenOneLink(t *testing.T) {
	g := newGallery()
	release := make(chan struct{})
	g.open = func(context.Context, string) (io.ReadCloser, string, error) {
		<-release
		return io.NopCloser(strings.NewReader(png)), "image/png", nil
	}
	links := make(chan string, 1)
	b := startTestBot(t, setup{channel: g, engine: listen(links)})
	link := brings(t, b, links, "ann", "1", channels.Media{Kind: channels.Image, ID: "1"})[0]
	if !strings.HasPrefix(link, "/media/") {
		t.Errorf("without a public address the link is %s", link)
	}
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if w := follow(t, b, link); w.Code != 200 || w.Body.String() != png {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
	eventually(t, "the download", func() bool { return g.opened.Load() > 0 })
	close(release)
	wg.Wait()
	if n := g.opened.Load(); n != 1 {
		t.Errorf("opened %d times", n)
	}
}

// A queue that is full, or a process that ended, loses nothing: the link fetches.
func TestLinksFetchWhatWasNotKept(t *testing.T) {
	links, dir := make(chan string, 1), t.TempDir()
	first := newTestBot(t, setup{channel: newGallery(), engine: listen(links), options: func(o *Options) { o.MediaDir = dir }}) // never started: nobody fetches
	link := brings(t, first, links, "ann", "1", channels.Media{Kind: channels.Image, ID: "1"})[0]
	kept, err := host{bot: first, channel: "fake"}.Keep(t.Context(), "acc", "ann", channels.Upload{Body: strings.NewReader(png + "up")})
	if err != nil {
		t.Fatal(err)
	}
	stopTestBot(t, first)
	g := newGallery()
	b := startTestBot(t, setup{channel: g, engine: script(echo), options: func(o *Options) { o.MediaDir = dir }})
	for range 2 {
		if w := follow(t, b, link); w.Code != 200 || w.Body.String() != png+"of 1" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	}
	if w := follow(t, b, kept.URL); w.Code != 200 || w.Body.String() != png+"up" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if n := g.opened.Load(); n != 1 {
		t.Errorf("opened %d times", n)
	}
}

// A forgotten conversation gives nothing away: not what was kept, not what old links
// could fetch again, not what was on its way.
func TestForgottenMediaStayGone(t *testing.T) {
	g := newGallery()
	came, release := make(chan struct{}, 1), make(chan struct{})
	g.open = func(_ context.Context, id string) (io.ReadCloser, string, error) {
		if id == "late" {
			came <- struct{}{}
			<-release
		}
		return io.NopCloser(strings.NewReader(png + id)), "image/png", nil
	}
	links := make(chan string, 2)
	var logs syncBuffer
	now := time.Now
	b := startTestBot(t, setup{channel: g, engine: listen(links), logs: &logs, options: func(o *Options) { o.Now = func() time.Time { return now() } }})
	early := brings(t, b, links, "ann", "1", channels.Media{Kind: channels.Image, ID: "early"})[0]
	if w := follow(t, b, early); w.Code != 200 {
		t.Fatal(w.Code)
	}
	late := brings(t, b, links, "ann", "2", channels.Media{Kind: channels.Image, ID: "late"})[0]
	<-came
	if _, err := b.Operator().Forget(t.Context(), convOf("ann")); err != nil {
		t.Fatal(err)
	}
	close(release)
	asked := g.opened.Load()
	for name, link := range map[string]string{"early": early, "late": late} {
		if w := follow(t, b, link); w.Code != 404 {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
	if n := g.opened.Load(); n != asked {
		t.Errorf("the platform was asked for %d of them", n-asked)
	}
	files := filesIn(t, b.media.temporary)
	if len(files) != 1 || !strings.HasSuffix(files[0], "/forgotten") {
		t.Errorf("left: %v", files)
	}
	eventually(t, "a moment", func() bool { return time.Now().UnixMilli() > fileTime(t, b, convOf("ann")) })
	anew := brings(t, b, links, "ann", "3", channels.Media{Kind: channels.Image, ID: "anew"})[0]
	if w := follow(t, b, anew); w.Code != 200 {
		t.Errorf("what came after: %d", w.Code)
	}
}

// The history has links that open, as long as the file is kept.
func TestHistoryHasFreshLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		links := make(chan string, 1)
		lasts, keeps := 10*time.Minute, 30*time.Minute
		b := startTestBot(t, setup{channel: newGallery(), engine: listen(links), media: flows.Media{LinkTime: lasts, Keep: keeps}})
		old := brings(t, b, links, "ann", "1", channels.Media{Kind: channels.Image, ID: "1"})[0]
		b.awaitIdle()
		link := func() string {
			t.Helper()
			entries, err := host{bot: b, channel: "fake"}.History(t.Context(), "acc", "ann", 0, 10)
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			return entries[0].Event.Media[0].URL
		}
		time.Sleep(lasts + time.Second)
		fresh := link()
		if w := follow(t, b, old); w.Code != 404 {
			t.Errorf("the old one: %d", w.Code)
		}
		if w := follow(t, b, fresh); w.Code != 200 {
			t.Errorf("the fresh one: %d", w.Code)
		}
		if again := link(); again != fresh {
			t.Error("the link changes each time")
		}
		m := channels.Media{URL: old}
		b.media.renew(b.version.Load(), convOf("bob"), &m)
		if m.URL != old {
			t.Error("a link is renewed for another conversation")
		}
		time.Sleep(keeps)
		b.media.sweep(t.Context())
		if w := follow(t, b, link()); w.Code != 200 { // the gallery still has it
			t.Errorf("after the sweep: %d", w.Code)
		}
	})
}
