package webchat

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/parley-chat/parley/channels"
)

func pageKeepsTabsInStep(t *testing.T, browser context.Context) {
	h := newFakeHost()
	h.reply = menu
	s := start(t, newTestChannel(t, map[string]string{"title": "Acme support"}), h)
	b := newVisit(t, browser)
	b.phone()
	b.visit(s.URL)
	other := b.another()
	other.phone()
	other.visit(s.URL)
	b.write("help")
	other.shows("What can I help you with?")
	other.until(`document.querySelectorAll('.option:enabled').length === 3`)
	b.shows("What can I help you with?")
	b.tap("Refund")
	other.shows("You chose refund")
	other.wants(`document.querySelectorAll('.option:enabled').length`, "0")
	other.wants(`document.querySelector('.chosen').innerText`, "Refund")
	started := 0
	for _, e := range h.accepted() {
		if e.Kind == channels.KindStarted {
			started++
		}
	}
	if started != 1 {
		t.Errorf("the conversation started %d times", started)
	}
}

// pageGivesWay says that a page whose place another one took stays away until
// somebody uses it.
func pageGivesWay(t *testing.T, browser context.Context) {
	ch := newTestChannel(t, nil)
	ch.streams.caps.visitor = 1
	s := start(t, ch, newFakeHost())
	b := newVisit(t, browser)
	b.phone()
	b.visit(s.URL)
	other := b.another()
	other.phone()
	other.visit(s.URL)
	b.until(`document.documentElement.dataset.line === 'elsewhere'`)
	b.wants(`document.getElementById('state-text').innerText`, "Open in another tab")
	other.write("from the other")
	other.shows("from the other")
	b.wants(`document.documentElement.dataset.line`, "elsewhere")
	b.write("and from here")
	b.shows("from the other")
	b.until(`document.documentElement.dataset.line === 'online' && !document.querySelector('.sending')`)
	other.until(`document.documentElement.dataset.line === 'elsewhere'`)
}

// A breakable server can be killed and started again at its address.
type breakable struct {
	t       *testing.T
	address string
	handler http.Handler
	server  *http.Server
}

func (s *breakable) start() {
	s.t.Helper()
	address := s.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = l.Addr().String()
	s.server = &http.Server{Handler: s.handler}
	go s.server.Serve(l)
}

// pageOutlivesTheServer kills the server while a message is on its way: once it is
// kept, but before the answer. Another server takes its place.
func pageOutlivesTheServer(t *testing.T, browser context.Context) {
	h := newFakeHost()
	h.reply = menu
	var kill atomic.Bool
	s := &breakable{t: t}
	killed := make(chan struct{})
	serve := func() http.Handler {
		chat := mount(newTestChannel(t, map[string]string{"secret": "a secret of the channel"}), h)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/messages") && kill.CompareAndSwap(true, false) {
				chat.ServeHTTP(discard{http.Header{}}, r)
				s.server.Close()
				close(killed)
				panic(http.ErrAbortHandler)
			}
			chat.ServeHTTP(w, r)
		})
	}
	s.handler = serve()
	s.start()
	t.Cleanup(func() { s.server.Close() })
	b := newVisit(t, browser, "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_ABORTED", "ERR_SOCKET_NOT_CONNECTED")
	b.phone()
	b.visit("http://" + s.address)
	b.shows("I'm the assistant of Acme")
	kill.Store(true)
	b.write("on its way")
	<-killed
	b.write("while it is down")
	b.until(`document.documentElement.dataset.line === 'connecting'`)
	s.handler = serve() // nothing of a process is needed
	s.start()
	b.shows("You wrote: while it is down")
	b.until(`document.documentElement.dataset.line === 'online' && !document.querySelector('.sending, .failed')`)
	b.wants(`[...document.querySelectorAll('.row .text')].map((n) => n.innerText.slice(0, 10)).join()`,
		"Hi! I'm th,on its way,You wrote:,while it i,You wrote:")
	counts := map[string]int{}
	for _, e := range h.accepted() {
		counts[e.Text]++
	}
	if counts["on its way"] != 1 || counts["while it is down"] != 1 {
		t.Errorf("the bot heard %v", counts)
	}
}

// discard is an answer that never arrives.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func pageShowsTyping(t *testing.T, browser context.Context) {
	h := newFakeHost()
	ch := newTestChannel(t, map[string]string{"title": "Acme support"})
	s := start(t, ch, h)
	b := newVisit(t, browser)
	b.scheme("light")
	b.phone()
	b.visit(s.URL)
	b.write("Where is my order?")
	b.until(`!document.querySelector('.sending')`)
	e := h.accepted()[1]
	b.run(`window.said = [], new MutationObserver(() => said.push(document.getElementById('news').innerText))
		.observe(document.getElementById('news'), { childList: true, characterData: true, subtree: true })`)
	h.say(e.Account, e.Conversation, channels.Message{Text: "One moment, I look it up."})
	b.shows("One moment")
	b.until(`document.getElementById('typing').hidden`)
	for range 3 { // the bot may tell so again and again
		if err := ch.Typing(t.Context(), e.Account, e.Conversation); err != nil {
			t.Fatal(err)
		}
		b.until(`!document.getElementById('typing').hidden`)
	}
	b.until(`document.getElementById('news').innerText === 'Acme support is writing'`)
	b.picture("phone-typing")
	h.say(e.Account, e.Conversation, channels.Message{Text: "It left yesterday."})
	b.shows("It left yesterday")
	b.wants(`document.getElementById('typing').hidden`, "true")
	b.until(`said.filter(Boolean).join() === 'Acme support is writing' && said.at(-1) === ''`)
	if err := ch.Typing(t.Context(), e.Account, "of somebody else"); err != nil {
		t.Fatal(err)
	}
}

func pageKeepsTheDraft(t *testing.T, browser context.Context) {
	s := start(t, newTestChannel(t, nil), newFakeHost())
	b := newVisit(t, browser)
	b.phone()
	b.visit(s.URL)
	b.do(chromedp.SendKeys(chromedp.ID("text"), "half a sen"))
	b.visit(s.URL)
	b.wants(`document.getElementById('text').value`, "half a sen")
	b.wants(`document.getElementById('send').disabled`, "false")
	b.write("tence")
	b.shows("half a sentence")
	b.visit(s.URL)
	b.wants(`document.getElementById('text').value`, "")
	b.wants(`document.querySelectorAll('.row').length`, "1")
}

// pageBeginsAgain says that a page goes on after its conversation was forgotten.
func pageBeginsAgain(t *testing.T, browser context.Context) {
	h := newFakeHost()
	ch := newTestChannel(t, nil)
	ch.pace.reset = 50 * time.Millisecond
	s := start(t, ch, h)
	b := newVisit(t, browser)
	b.phone()
	b.visit(s.URL)
	b.write("my address is a secret")
	b.shows("secret")
	b.until(`!document.querySelector('.sending')`)
	h.set(func(h *fakeHost) { clear(h.history) })
	b.until(`document.querySelectorAll('.row').length === 0`)
	b.write("and now")
	b.until(`document.querySelectorAll('.row').length === 1 && !document.querySelector('.sending')`)
}

// pageComesBackLater says that pages ask a server that is down more and more
// seldom, and not all at once.
func pageComesBackLater(t *testing.T, browser context.Context) {
	h := newFakeHost()
	ch := newTestChannel(t, nil)
	ch.pace.look = 20 * time.Millisecond // so that the stream notices soon
	s := start(t, ch, h)
	b := newVisit(t, browser, "503")
	b.phone()
	b.visit(s.URL)
	b.run(`(() => {
		const wait = setTimeout;
		window.pauses = [];
		window.setTimeout = (run, ms) => {
			if (ms < 30000 && ms !== 3000) pauses.push(ms); // 3000: the banner
			return wait(run, ms < 30000 ? 10 : ms);
		};
	})()`)
	h.set(func(h *fakeHost) { h.down = true })
	b.until(`pauses.length >= 9`)
	b.wants(`pauses.slice(0, 9).filter((ms, i) => {
		const most = Math.min(30000, 1000 * 2 ** i);
		return ms < most / 2 || ms > most;
	}).join()`, "")
	b.wants(`new Set(pauses.slice(5, 9)).size`, "4")
	h.set(func(h *fakeHost) { h.down = false })
	b.until(`document.documentElement.dataset.line === 'online'`)
}
