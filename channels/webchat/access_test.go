package webchat

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/parley-chat/parley/channels"
)

// roles returns the accessibility tree of the page, as role and name.
func (b *tab) roles() []string {
	b.t.Helper()
	var nodes []string
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		tree, err := cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return err
		}
		text := func(v *accessibility.Value) string {
			var s string
			if v != nil {
				_ = json.Unmarshal(v.Value, &s)
			}
			return s
		}
		for _, n := range tree.Nodes {
			if !n.Ignored {
				nodes = append(nodes, text(n.Role)+" "+text(n.Name))
			}
		}
		return nil
	}))
	return nodes
}

func pageHasNamesAndRoles(t *testing.T, browser context.Context) {
	media := mediaServer(t)
	h := newFakeHost()
	h.reply = func(e *channels.Event) []channels.Message {
		if e.Kind == channels.KindStarted {
			return append(gallery(media.URL), menu(&channels.Event{Text: "help"})...)
		}
		return nil
	}
	s := start(t, newListedChannel(t, map[string]string{"title": "Acme support"}, map[string][]string{"uploads": {"image/*"}}), h)
	b := newVisit(t, browser)
	b.desktop()
	b.visit(s.URL)
	b.shows("Talk to a person")
	nodes := b.roles()
	for _, want := range []string{
		"RootWebArea Acme support", "heading Acme support", "main ", "form Message", "log Messages", "status ", "alert ", "group Answers", "button Refund",
		"image The parcel at the door", "Audio Audio", "textbox Message", "button Attach a file", "button Send", "StaticText Acme support:",
	} {
		if !slices.Contains(nodes, want) {
			t.Errorf("there is no %q in\n%s", want, strings.Join(nodes, "\n"))
		}
	}
	for _, node := range nodes {
		role, name, _ := strings.Cut(node, " ")
		if slices.Contains([]string{"button", "link", "textbox", "image", "group", "progressbar", "dialog"}, role) && strings.TrimSpace(name) == "" {
			t.Errorf("a %s has no name", role)
		}
	}
	b.wants(`document.getElementById('log').ariaLive`, "polite")
	b.wants(`[...document.querySelectorAll('[id]')].map((n) => n.id).filter((id, i, all) => all.indexOf(id) !== i).join()`, "")
	b.wants(`document.querySelectorAll('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').length`, "0")
	b.wants(`[...document.querySelectorAll('button, .meta button')].filter((n) => n.checkVisibility() && n.getBoundingClientRect().height < 24).length`, "0")
}

// focused says where the focus is, and whether one sees it.
const focused = `(() => {
	const n = document.activeElement, s = getComputedStyle(n);
	const seen = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || (n.id === 'text' && s.boxShadow !== 'none');
	return (n.id || n.innerText.split('\n')[0] || n.tagName) + (seen ? '' : ' unseen');
})()`

func pageWorksByKeyboard(t *testing.T, browser context.Context) {
	h := newFakeHost()
	h.reply = menu
	s := start(t, newListedChannel(t, map[string]string{"title": "Acme support"}, map[string][]string{"uploads": {"image/*"}}), h)
	b := newVisit(t, browser)
	b.scheme("light")
	b.desktop()
	b.visit(s.URL)
	b.wants(`document.activeElement.id`, "text")
	b.press("help" + kb.Enter)
	b.shows("What can I help you with?")
	shift := chromedp.KeyModifiers(chromedp.ModifierShift)
	for _, want := range []string{"attach", "Talk to a person", "Refund", "Where is my order?", "log"} { // backwards
		b.press(kb.Tab, shift)
		b.wants(focused, want)
	}
	b.press(kb.Tab)
	b.press(kb.Tab)
	b.wants(focused, "Refund")
	b.picture("desktop-focus")
	b.press(" ")
	b.shows("You chose refund")
	b.wants(focused, "text") // not lost with the buttons
	b.press("a" + kb.Tab)
	b.wants(focused, "send")
	b.press(" ")
	b.shows("You wrote: a")
	b.wants(focused, "text")
	b.press("one")
	b.press(kb.Enter, shift)
	b.press("two" + kb.Enter)
	b.shows("You wrote: one\ntwo")

	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "forced-colors", Value: "active"}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
	b.wants(`[...document.querySelectorAll('.bubble, .option, #text, .round')].filter((n) => n.checkVisibility() && getComputedStyle(n).borderTopStyle === 'none').length`, "0")
	b.wants(`getComputedStyle(document.querySelector('.row')).animationName`, "none")
	b.picture("desktop-forced-colors")
}
