package webchat

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/parley-chat/parley/channels"
)

// TestPage is what the page and the widget promise to people, in a browser.
func TestPage(t *testing.T) {
	browser := newBrowser(t)
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, browser context.Context)
	}{
		{"holds a conversation", pageHoldsAConversation},
		{"repeats what was not kept", pageWaitsAndRepeats},
		{"says what was not sent", pageSaysWhatWasNotSent},
		{"says that it is offline", pageSaysThatItIsOffline},
		{"shows every kind of message", pageShowsEveryKindOfMessage},
		{"shows text as text", pageShowsTextAsText},
		{"keeps tabs in step", pageKeepsTabsInStep},
		{"gives way to a newer page", pageGivesWay},
		{"outlives the server", pageOutlivesTheServer},
		{"comes back later and later", pageComesBackLater},
		{"begins again", pageBeginsAgain},
		{"shows that the bot writes", pageShowsTyping},
		{"keeps the draft", pageKeepsTheDraft},
		{"sends files", pageSendsFiles},
		{"takes dropped and pasted files", pageTakesDroppedFiles},
		{"refuses files", pageRefusesFiles},
		{"shows and stops an upload", pageShowsProgress},
		{"repeats an upload once", pageRepeatsUploads},
		{"is dressed by its settings", pageIsDressed},
		{"is readable", pageIsReadable},
		{"speaks the visitor's language", pageSpeaksLanguages},
		{"is mirrored", pageIsMirrored},
		{"works by keyboard", pageWorksByKeyboard},
		{"has names and roles", pageHasNamesAndRoles},
		{"reflows", pageReflows},
		{"opens in the widget", widgetOpensThePage},
		{"keeps the focus in the dialog", widgetKeepsTheFocus},
		{"has an API", widgetHasAnAPI},
		{"knows whom the site names", widgetIdentifies},
		{"refuses wrong tokens", widgetRefusesTokens},
		{"asks for a new token", widgetAsksForANewToken},
		{"forgets at a logout", widgetForgets},
		{"counts what was not seen", widgetCountsUnread},
		{"changes sides", widgetChangesSides},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, browser) })
	}
}

// menu is a bot that asks what one needs help with.
func menu(e *channels.Event) []channels.Message {
	ask := channels.Message{
		Text: "What can I help you with?", Form: channels.FormButtons,
		Options: []channels.Option{{ID: "order", Label: "Where is my order?"}, {ID: "refund", Label: "Refund"}, {ID: "person", Label: "Talk to a person"}},
	}
	switch {
	case e.Kind == channels.KindStarted:
		return []channels.Message{{Text: "Hi! I'm the assistant of Acme. Write help to see what I can do."}}
	case e.Kind == channels.KindChoice:
		return []channels.Message{{Text: "You chose " + e.Choice.ID + ". Refunds take three to five working days."}}
	case strings.EqualFold(e.Text, "help"):
		return []channels.Message{ask}
	}
	return []channels.Message{{Text: "You wrote: " + e.Text}}
}

func pageHoldsAConversation(t *testing.T, browser context.Context) {
	h := newFakeHost()
	h.reply = menu
	s := start(t, newTestChannel(t, map[string]string{"title": "Acme support"}), h)
	b := newVisit(t, browser)
	b.scheme("light")
	b.phone()
	b.do(chromedp.Navigate(s.URL + "/channels/web/"))
	b.shows("I'm the assistant of Acme")
	b.write("help")
	b.shows("What can I help you with?")
	b.picture("phone-question")
	b.tap("Refund")
	b.shows("You chose refund")
	b.wants(`document.querySelectorAll('.option:enabled').length`, "0")
	b.wants(`document.querySelector('.chosen').innerText`, "Refund")
	b.wants(`document.querySelectorAll('.sending, .failed').length`, "0")
	b.picture("phone-answer")

	b.do(chromedp.Reload())
	b.shows("You chose refund")
	b.wants(`document.querySelectorAll('.row').length`, "5")
	b.wants(`document.querySelectorAll('.chosen').length`, "1")
	started := 0
	for _, e := range h.accepted() {
		if e.Kind == channels.KindStarted {
			started++
		}
	}
	if started != 1 {
		t.Errorf("the conversation started %d times", started)
	}

	other := b.another()
	other.do(chromedp.Navigate(s.URL + "/channels/web/"))
	other.shows("You chose refund")
	other.write("from the other tab")
	other.shows("You wrote: from the other tab")
	b.shows("You wrote: from the other tab")
}

func pageWaitsAndRepeats(t *testing.T, browser context.Context) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, nil), h)
	b := newVisit(t, browser, "503") // what the browser itself says of a failed request
	b.scheme("light")
	b.phone()
	b.do(chromedp.Navigate(s.URL + "/channels/web/"))
	b.until(`document.documentElement.dataset.line === 'online'`)
	b.until(`document.getElementById('log').getAttribute('aria-busy') === 'false'`)
	h.set(func(h *fakeHost) { h.down = true })
	b.write("Is anybody there?")
	b.until(`document.querySelector('.sending')`)
	b.until(`document.getElementById('typing').hidden`) // nobody writes an answer yet
	b.picture("phone-sending")
	b.do(chromedp.Reload())
	b.shows("Is anybody there?") // what was not sent survives a reload
	h.set(func(h *fakeHost) { h.down = false })
	b.until(`!document.querySelector('.sending, .failed')`)
	b.until(`document.documentElement.dataset.line === 'online'`)
	said := 0
	for _, e := range h.accepted() {
		if e.Text == "Is anybody there?" {
			said++
		}
	}
	if said != 1 {
		t.Errorf("the message was taken %d times", said)
	}
	b.wants(`document.querySelectorAll('.row').length`, "1")
}

// pageSaysWhatWasNotSent shortens the pauses between attempts.
func pageSaysWhatWasNotSent(t *testing.T, browser context.Context) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, nil), h)
	b := newVisit(t, browser, "503", "400", "429")
	b.scheme("light")
	b.phone()
	b.do(chromedp.Navigate(s.URL + "/channels/web/"))
	b.until(`document.getElementById('log').getAttribute('aria-busy') === 'false'`)
	b.do(chromedp.Evaluate[chromedp.Void](`(() => {
		const wait = setTimeout;
		window.setTimeout = (run, ms) => wait(run, ms < 16000 && !window.patient ? 10 : ms);
	})()`))
	h.set(func(h *fakeHost) { h.down = true })
	b.write("first")
	b.write("second")
	b.until(`document.querySelectorAll('.failed').length === 2`)
	b.wants(`document.querySelector('.failed .meta').innerText`, "Not sent.\nTry again")
	b.picture("phone-failed")
	h.set(func(h *fakeHost) { h.down = false })
	b.do(chromedp.Evaluate[chromedp.Void](`window.patient = true`))                             // these attempts have used up what a visitor may send at once
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('.failed button')?.click()`)) // or the line was quicker
	b.until(`!document.querySelector('.sending, .failed')`)
	var said []string
	for _, e := range h.accepted() {
		said = append(said, e.Text)
	}
	if got := strings.Join(said, ","); got != ",first,second" {
		t.Errorf("the bot heard %q", got)
	}

	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('text').value = 'x'.repeat(5000)`))
	b.write("")
	b.until(`document.querySelector('.failed')`)
	b.wants(`document.querySelector('.failed .meta').innerText`, "The message is longer than 4096 characters.\nEdit")
	b.do(chromedp.Click(chromedp.CSS(".failed button")))
	b.until(`!document.querySelector('.failed') && document.getElementById('text').value.length === 5000`)
}

func pageSaysThatItIsOffline(t *testing.T, browser context.Context) {
	s := start(t, newTestChannel(t, nil), newFakeHost())
	b := newVisit(t, browser, "ERR_INTERNET_DISCONNECTED")
	b.scheme("dark")
	b.phone()
	b.do(chromedp.Navigate(s.URL + "/channels/web/"))
	b.until(`document.documentElement.dataset.line === 'online'`)
	b.until(`!document.getElementById('empty').hidden`)
	b.picture("phone-empty")
	b.network(false)
	b.until(`document.getElementById('banner').innerText.startsWith('You are offline')`)
	b.write("later")
	b.until(`document.querySelector('.sending') && document.getElementById('typing').hidden`)
	b.picture("phone-offline")
	b.network(true)
	b.until(`document.documentElement.dataset.line === 'online' && !document.querySelector('.sending, .failed')`)
	b.wants(`document.getElementById('banner').innerText`, "")
}

// waitFor looks at a condition after each read of a history.
func waitFor(t *testing.T, condition func() bool, h *fakeHost) bool {
	t.Helper()
	limit := time.After(patience)
	for !condition() {
		select {
		case <-h.reads:
		case <-limit:
			return false
		}
	}
	return true
}
