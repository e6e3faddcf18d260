package bot

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
)

// png is what a sniffer takes for a picture.
const png = "\x89PNG\r\n\x1a\n"

// gallery is a channel that opens media by id.
type gallery struct {
	platform
	opened atomic.Int64
	// open decides what an id opens; nil is a picture.
	open func(ctx context.Context, id string) (io.ReadCloser, string, error)
}

func newGallery() *gallery {
	return &gallery{platform: platform{got: make(chan channels.Message, 10_000)}}
}

func (g *gallery) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	g.opened.Add(1)
	if g.open != nil {
		return g.open(ctx, id)
	}
	return io.NopCloser(strings.NewReader(png + "of " + id)), "image/png", nil
}

// sent is a message with media.
func sent(conversation, id string, m ...channels.Media) wire {
	e := said(conversation, id, "")
	e.Media = m
	return e
}

// listen is an engine that gives away the links that flows see.
func listen(links chan string) script {
	return func(in flows.Input) (flows.Output, error) {
		for _, m := range in.Event.Media {
			links <- m.URL
		}
		return flows.Output{}, nil
	}
}

// follow opens a link without a network.
func follow(t testing.TB, b *Bot, link string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, strings.TrimPrefix(u.RequestURI(), "/in"), nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

func TestMediaLinksAreSealedAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		links, g := make(chan string, 3), newGallery()
		var logs syncBuffer
		g.open = func(_ context.Context, id string) (io.ReadCloser, string, error) {
			if id == "broken" {
				return nil, "", errors.New("no such file at https://api.example.com/t0ken")
			}
			return io.NopCloser(strings.NewReader(png + id)), "image/png", nil
		}
		b := startTestBot(t, setup{channel: g, public: "https://bot.example.com/in", engine: listen(links), logs: &logs})
		mustPost(t, b, sent("ann", "1", channels.Media{Kind: channels.Image, ID: "a/b c"}, channels.Media{Kind: channels.Image, ID: "broken"}))
		good, broken := <-links, <-links
		if !strings.HasPrefix(good, "https://bot.example.com/in/media/") || strings.Contains(good, "ann") {
			t.Fatalf("link %s", good)
		}
		w := follow(t, b, good)
		if w.Code != 200 || w.Body.String() != png+"a/b c" {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
		for name, want := range map[string]string{
			"Content-Type": "image/png", "Content-Disposition": "inline", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, max-age=3600",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %q, not %q", name, got, want)
			}
		}
		if w := follow(t, b, broken); w.Code != 502 || strings.Contains(w.Body.String(), "t0ken") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if strings.Contains(logs.String(), "t0ken") {
			t.Errorf("the log has the token:\n%s", logs.String())
		}
		end := len(good) - 1
		for _, wrong := range []string{good[:end], good + "A", good[:40] + "x" + good[41:], "https://bot.example.com/in/media/", "https://bot.example.com/in/media/AAAA", good + "="} {
			if w := follow(t, b, wrong); w.Code != 404 && wrong != good {
				t.Errorf("%s: %d", wrong, w.Code)
			}
		}
		time.Sleep(mediaLinkTime + time.Second)
		if w := follow(t, b, good); w.Code != 404 {
			t.Errorf("after its end: %d", w.Code)
		}
	})
}

// A visitor's file is kept, its link opens it, and what is too large or of a wrong
// type is refused in a way that a page can tell.
func TestHostKeepsFiles(t *testing.T) {
	b := startTestBot(t, setup{channel: newGallery(), engine: script(echo), public: "https://bot.example.com/in", media: flows.Media{MaxSize: 1 << 10}})
	h := host{bot: b, channel: "fake"}
	keep := func(name, mime, body string) (channels.Media, error) {
		return h.Keep(t.Context(), "acc", "ann", channels.Upload{Name: name, MIME: mime, Body: strings.NewReader(body)})
	}
	m, err := keep(`C:\Pictures\me.png`, "text/html", png)
	if err != nil || m.Kind != channels.Image || m.MIME != "image/png" || m.Size != int64(len(png)) || m.Name != "me.png" {
		t.Fatalf("%+v, %v", m, err)
	}
	if w := follow(t, b, m.URL); w.Code != 200 || w.Body.String() != png || w.Header().Get("Content-Disposition") != "inline; filename=me.png" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"large":      {png + strings.Repeat("x", 1<<10), 413},
		"page":       {"<html><script>alert(1)</script>", 415},
		"drawing":    {`<svg xmlns="http://www.w3.org/2000/svg"/>`, 415},
		"program":    {"MZ\x90\x00" + strings.Repeat("\x00", 100), 415},
		"no content": {"\x00\x01\x02\x03", 415},
	} {
		_, err := keep("x.png", "image/png", c.body)
		if refused, ok := errors.AsType[*channels.MediaError](err); !ok || refused.Status != c.status {
			t.Errorf("%s: %v", name, err)
		}
	}
	if files := filesIn(t, b.media.temporary); len(files) != 1 {
		t.Errorf("what was refused is on the disk: %v", files)
	}
}

// filesIn are the files below a folder.
func filesIn(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil // not there yet, or not any more
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// fileTime is when a conversation was forgotten, in milliseconds.
func fileTime(t testing.TB, b *Bot, conv state.Conv) int64 {
	t.Helper()
	for _, f := range filesIn(t, b.media.temporary) {
		if strings.HasSuffix(f, "/forgotten") {
			at, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n, err := strconv.ParseInt(string(at), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s was not forgotten", conv)
	return 0
}

// Who opens a link and reads nothing does not hold up a bot that shall stop.
func TestSlowReadersDoNotHoldUpTheEnd(t *testing.T) {
	b := newTestBot(t, setup{channel: newGallery(), engine: script(echo), media: flows.Media{MaxSize: 64 << 20}, options: func(o *Options) { o.Listen = "127.0.0.1:0" }})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, err := host{bot: b, channel: "fake"}.Keep(t.Context(), "acc", "ann", channels.Upload{Body: io.MultiReader(strings.NewReader(png), io.LimitReader(zeros{}, 48<<20))})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET "+m.URL+" HTTP/1.1\r\nHost: bot\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1024)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), stopTime-5*time.Second)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Errorf("the bot did not end in order: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
