package webchat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/parley-chat/parley/channels"
)

// widgetRoot is where the widget is on the page of a site.
const widgetRoot = `document.getElementById('parley-chat').shadowRoot`

// A site is somebody else's page that embeds the widget, under a policy without
// inline code.
type site struct {
	url  string
	chat *Channel
	host *fakeHost
}

// newSite serves a site and the chat that it embeds. In the page, @html@ are the
// attributes of its html element and @script@ those of the script.
func newSite(t *testing.T, values map[string]string, html, script string) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	c := newTestChannel(t, values, "http://"+server.Listener.Addr().String())
	h := newFakeHost()
	h.reply = menu
	s := start(t, c, h)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy",
			fmt.Sprintf("default-src 'none'; style-src 'self'; img-src data:; script-src %s; frame-src %s", s.URL, s.URL))
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><html %s><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
			<title>Acme</title><h1>Acme shop</h1><p>Everything for <a href="#garden" id="link">the garden</a>.</p>
			<script src="%s/channels/web/widget.js" %s async></script>`, html, s.URL, script)
	})
	server.Start()
	t.Cleanup(server.Close)
	return &site{url: server.URL, chat: c, host: h}
}

// opens shows the site and waits for the widget.
func (b *tab) opens(s *site) {
	b.t.Helper()
	b.do(chromedp.Navigate(s.url))
	b.until(`window.Parley && document.getElementById('parley-chat')`)
}

func (b *tab) run(script string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// inFrame waits until an expression of the chat in the frame is true.
func (b *tab) inFrame(expression string) {
	b.t.Helper()
	if got := b.frameValue(`(`+expression+`) && 'true'`, ""); got != "true" {
		b.t.Fatalf("in the frame, %s is %s", expression, got)
	}
}

// frameValue returns the value of an expression of the chat in the frame once it is
// another one than before, which may be empty.
func (b *tab) frameValue(expression, before string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	script := fmt.Sprintf(`(() => {
		try { const v = (%s); return v !== false && v != null && String(v) !== %q ? String(v) || ' ' : ''; } catch { return ''; } // the page is not there yet
	})()`, expression, before)
	for {
		frames, err := chromedp.Run(ctx, chromedp.Nodes(chromedp.JSPath(widgetRoot+`.querySelector('iframe')`)))
		if err != nil {
			b.t.Fatalf("no frame: %v", err)
		}
		got, err := chromedp.Run(ctx, chromedp.Poll[string](script, chromedp.WithPollingInFrame(frames[0])))
		if err == nil {
			return got
		}
		if ctx.Err() != nil || !loads(err) {
			b.t.Fatalf("in the frame, waiting for %s: %v", expression, err)
		}
	}
}

// frameShows waits until the log in the frame has a text.
func (b *tab) frameShows(text string) {
	b.t.Helper()
	b.inFrame(fmt.Sprintf(`document.getElementById('log').innerText.includes(%q)`, text))
}

func (b *tab) press(keys string, options ...chromedp.KeyOption) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys, options...))
}

func widgetOpensThePage(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support"}, `lang="en"`, "")
	b := newVisit(t, browser)
	b.scheme("light")
	b.desktop()
	b.opens(s)
	b.wants(widgetRoot+`.querySelector('iframe')`, "null") // nothing is loaded before somebody asks
	b.wants(`Object.keys(Parley).join()`, "open,close,toggle,identify,logout,setLanguage,on")
	b.picture("widget-closed")
	b.run(widgetRoot + `.querySelector('button').click()`)
	b.until(widgetRoot + `.querySelector('button').getAttribute('aria-expanded') === 'true'`)
	b.frameShows("I'm the assistant of Acme")
	if n := len(s.host.accepted()); n != 1 {
		t.Fatalf("the page in the frame said %d things", n)
	}
	b.until(widgetRoot + `.activeElement?.tagName === 'IFRAME'`)
	b.picture("widget-open")
	b.phone()
	b.picture("widget-phone")
	b.wants(`document.documentElement.style.overflow`, "")
	b.run(`Parley.close()`)
	b.wants(widgetRoot+`.querySelector('.panel').inert`, "true")
	b.run(`Parley.toggle()`)
	b.wants(`document.documentElement.style.overflow`, "hidden")
	b.press("\x1b")
	b.until(widgetRoot + `.querySelector('.panel').inert`)
	b.wants(`document.documentElement.style.overflow`, "")
}

func widgetCountsUnread(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support"}, `lang="en"`, "")
	b := newVisit(t, browser)
	b.scheme("light")
	b.desktop()
	b.opens(s)
	b.run(`window.counts = [], Parley.on('unread', (e) => counts.push(e.count)), Parley.open()`)
	b.frameShows("I'm the assistant of Acme")
	b.run(`Parley.close()`)
	e := s.host.accepted()[0]
	s.host.say(e.Account, e.Conversation, channels.Message{Text: "One more thing."})
	b.until(widgetRoot + `.querySelector('.badge').innerText === '1'`)
	b.wants(`document.title`, "(1) Acme")
	b.wants(widgetRoot+`.querySelector('button').ariaLabel`, "Open chat: Acme support. Unread: 1")
	b.picture("widget-badge")

	b.opens(s) // what was not seen is counted at the next visit too
	b.until(widgetRoot + `.querySelector('.badge').innerText === '1'`)
	s.host.say(e.Account, e.Conversation, channels.Message{Text: "And another."})
	b.until(widgetRoot + `.querySelector('.badge').innerText === '2'`)
	other := b.another() // and once it was seen in one tab, in no other
	other.desktop()
	other.opens(s)
	other.until(widgetRoot + `.querySelector('.badge').innerText === '2'`)
	other.run(`Parley.toggle()`)
	other.until(widgetRoot + `.querySelector('.badge').innerText === ''`)
	other.until(`document.title === 'Acme'`)
	b.until(widgetRoot + `.querySelector('.badge').innerText === ''`)
	b.until(`document.title === 'Acme'`)
}

// widgetKeepsTheFocus says that Tab goes round within the open chat, in the order of
// the page, and that Escape leads back to where one came from.
func widgetKeepsTheFocus(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support"}, `lang="en"`, "")
	b := newVisit(t, browser)
	b.desktop()
	b.opens(s)
	b.run(`document.getElementById('link').focus()`)
	b.press(kb.Tab)
	b.until(widgetRoot + `.activeElement?.tagName === 'BUTTON'`)
	b.press(kb.Enter)
	b.frameShows("I'm the assistant of Acme")
	b.until(widgetRoot + `.activeElement?.tagName === 'IFRAME'`)
	b.inFrame(`document.activeElement.id === 'text'`)
	b.press(kb.Tab) // nothing is written, so nothing can be sent
	b.until(widgetRoot + `.activeElement?.tagName === 'BUTTON'`)
	b.press(kb.Tab)
	b.inFrame(`document.hasFocus() && document.activeElement.id === 'close'`)
	b.press(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))
	b.until(widgetRoot + `.activeElement?.tagName === 'BUTTON'`)
	b.press(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))
	b.inFrame(`document.activeElement.id === 'text'`)
	b.wants(widgetRoot+`.querySelector('.panel').ariaModal`, "false")
	b.press("\x1b")
	b.until(widgetRoot + `.querySelector('.panel').inert && ` + widgetRoot + `.activeElement.tagName === 'BUTTON'`)

	b.phone() // the chat is all that there is
	b.run(`Parley.open()`)
	b.wants(widgetRoot+`.querySelector('.panel').ariaModal`, "true")
	b.inFrame(`document.hasFocus()`)
	for range 6 {
		b.press(kb.Tab)
		b.until(widgetRoot + `.activeElement?.tagName === 'IFRAME'`)
	}
}

func widgetHasAnAPI(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support"}, `lang="en"`, `data-language="de"`)
	b := newVisit(t, browser)
	b.desktop()
	b.opens(s)
	b.wants(widgetRoot+`.querySelector('button').ariaLabel`, "Chat öffnen: Acme support")
	b.run(`window.heard = [], ['open', 'close', 'message'].forEach((n) => Parley.on(n, (e) => heard.push(n + (e.from ?? '')))),
		Parley.on('open', () => { throw new Error('of the site') })()`)
	b.run(`Parley.open()`)
	b.frameShows("I'm the assistant of Acme")
	b.inFrame(`document.documentElement.lang === 'de' && document.getElementById('text').placeholder === 'Nachricht schreiben…'`)
	b.run(`Parley.setLanguage('ar')`)
	b.inFrame(`document.documentElement.lang === 'ar' && document.documentElement.dir === 'rtl'`)
	b.frameShows("I'm the assistant of Acme") // the conversation goes on
	b.run(`Parley.setLanguage('ar')`)         // and once more changes nothing
	b.inFrame(`document.documentElement.dataset.line === 'online'`)
	b.do(chromedp.Evaluate[chromedp.Void](widgetRoot + `.querySelector('iframe').focus()`))
	b.inFrame(`document.activeElement.id === 'text'`)
	b.do(chromedp.KeyEvent("salam" + kb.Enter))
	b.frameShows("You wrote: salam")
	b.run(`Parley.close()`)
	b.until(`heard.join().endsWith('messagevisitor,messagebot,close')`)
	events := s.host.accepted()
	if e := events[len(events)-1]; e.Text != "salam" || e.Sender.Language != "ar" {
		t.Errorf("the bot got %q in %q", e.Text, e.Sender.Language)
	}
}

func widgetChangesSides(t *testing.T, browser context.Context) {
	for _, tt := range []struct{ position, html, side string }{
		{"", `lang="en"`, "right"}, {"left", `lang="en"`, "left"}, {"", `lang="he" dir="rtl"`, "left"}, {"right", `lang="he" dir="rtl"`, "right"},
	} {
		s := newSite(t, map[string]string{"title": "Acme", "position": tt.position}, tt.html, "")
		b := newVisit(t, browser)
		b.scheme("light")
		b.desktop()
		b.opens(s)
		middle := widgetRoot + `.querySelector('button').getBoundingClientRect().left > innerWidth / 2 ? 'right' : 'left'`
		b.wants(middle, tt.side)
		b.run(`Parley.open()`)
		b.frameShows("I'm the assistant of Acme")
		b.wants(strings.Replace(middle, "'button'", "'.panel'", 1), tt.side)
		b.picture("widget-" + tt.side + "-" + tt.html[len(`lang="`):][:2])
	}
}

// soon is a time from now as tokens have it.
func soon(d time.Duration) int64 { return time.Now().Add(d).Unix() }
