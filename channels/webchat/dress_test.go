package webchat

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/parley-chat/parley/channels"
)

//go:embed testdata/page/contrast.js
var contrastScript string

func pageIsReadable(t *testing.T, browser context.Context) {
	media := mediaServer(t)
	for _, color := range []string{"#3d5af1", "#ffe14d", "#777777", "#000000", "#ffffff", "#c4e1ff"} {
		h := newFakeHost()
		h.reply = func(e *channels.Event) []channels.Message {
			if e.Kind == channels.KindStarted {
				return append(gallery(media.URL), menu(&channels.Event{Text: "help"})...)
			}
			return menu(e)
		}
		s := start(t, newListedChannel(t, map[string]string{"color": color, "title": "Acme"}, map[string][]string{"uploads": {"text/plain"}}), h)
		b := newVisit(t, browser)
		b.phone()
		b.visit(s.URL)
		b.write("Where is it? See https://shop.example.com/orders")
		b.choose(localFile(t, "notes.txt", []byte("at the door")), localFile(t, "page.html", []byte("<p>")))
		b.until(`document.querySelector('.mine a.card') && document.getElementById('notice').innerText && !document.querySelector('.sending')`)
		b.run(`document.querySelector('.mine').classList.add('failed'), document.getElementById('banner').textContent = 'Reconnecting'`)
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			if bad := b.value(contrastScript); bad != "" {
				t.Errorf("%s, %s:\n%s", color, scheme, bad)
			}
		}
	}
}

func pageIsDressed(t *testing.T, browser context.Context) {
	media := mediaServer(t)
	h := newFakeHost()
	s := start(t, newListedChannel(t, map[string]string{
		"title": "Acme", "scheme": "dark", "radius": "4", "logo": media.URL + "/logo.png", "color": "#e8590c",
	}, map[string][]string{"texts": {"welcome=Ask us about your garden.", "en.placeholder=Your question…"}}), h)
	b := newVisit(t, browser)
	b.scheme("light") // which the settings overrule
	b.phone()
	b.visit(s.URL)
	b.until(`!document.getElementById('empty').hidden && document.querySelector('.face img').complete`)
	b.wants(`getComputedStyle(document.body).backgroundColor`, "rgb(22, 24, 29)")
	b.wants(`document.querySelector('#empty p:last-child').innerText`, "Ask us about your garden.")
	b.wants(`document.getElementById('text').placeholder`, "Your question…")
	b.wants(`document.querySelector('.face img').naturalWidth`, "480")
	b.picture("phone-dressed")
	b.write("hello")
	b.until(`document.querySelector('.bubble')`)
	b.wants(`getComputedStyle(document.querySelector('.mine .bubble')).borderTopLeftRadius`, "4px")
	b.wants(`getComputedStyle(document.querySelector('.mine .bubble')).backgroundColor`, "rgb(232, 89, 12)")
}

// language makes the browser ask for one.
func (b *tab) language(tag string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		agent, err := chromedp.Run(ctx, chromedp.Evaluate[string](`navigator.userAgent`))
		if err != nil {
			return err
		}
		return chromedp.Do(ctx, call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag}))
	}))
}

func pageSpeaksLanguages(t *testing.T, browser context.Context) {
	ch := newTestChannel(t, nil)
	h := newFakeHost()
	s := start(t, ch, h)
	for _, tag := range []string{"ar", "de", "hi", "vi"} {
		b := newVisit(t, browser)
		b.language(tag)
		b.phone()
		b.visit(s.URL)
		b.wants(`document.documentElement.lang`, tag)
		b.wants(`document.getElementById('text').placeholder`, ch.pages.words.texts[tag]["placeholder"])
		b.write("?")
		b.until(`!document.querySelector('.sending') && document.querySelector('.mine')`)
		b.wants(`document.querySelector('.day').innerText`, ch.pages.words.texts[tag]["today"])
		b.wants(`document.documentElement.scrollWidth <= innerWidth`, "true")
		said := h.accepted()
		if got := said[len(said)-1].Sender.Language; got != tag {
			t.Errorf("the bot hears %q, want %q", got, tag)
		}
	}
}

func pageIsMirrored(t *testing.T, browser context.Context) {
	h := newFakeHost()
	h.reply = func(e *channels.Event) []channels.Message {
		switch {
		case e.Kind == channels.KindStarted:
			return []channels.Message{
				{Text: "مرحبًا! كيف يمكنني مساعدتك؟"}, {Text: "Order 10442 left the warehouse, see https://track.example.com/10442."},
				{Text: "اختر فرعًا:", Form: channels.FormList, Options: []channels.Option{
					{ID: "a", Label: "المارينا", Hint: "١٢ شارع المارينا، مفتوح حتى السادسة"}, {ID: "b", Label: "Ikeja City Mall", Hint: "Second floor"},
				}},
				{Contact: &channels.Contact{Name: "خدمة العملاء", Phones: []string{"+971 4 555 0100"}}},
				{Text: "ماذا تريد؟", Form: channels.FormButtons, Options: []channels.Option{{ID: "order", Label: "أين طلبي؟"}, {ID: "refund", Label: "استرداد"}}},
			}
		}
		return nil
	}
	s := start(t, newListedChannel(t, map[string]string{"title": "متجر أكمي"}, map[string][]string{"uploads": {"image/*"}}), h)
	b := newVisit(t, browser)
	b.language("ar")
	b.scheme("light")
	b.phone()
	b.visit(s.URL)
	b.shows("استرداد")
	b.write("شكرا")
	b.write("and in English, please.")
	b.until(`document.querySelectorAll('.mine').length === 2 && !document.querySelector('.sending')`)
	b.wants(`document.documentElement.dir`, "rtl")
	side := `((node) => node.getBoundingClientRect().left + node.getBoundingClientRect().right > innerWidth ? 'right' : 'left')`
	b.wants(side+`(document.querySelector('.theirs .bubble'))`, "right")
	b.wants(side+`(document.querySelector('.mine .bubble'))`, "left")
	b.wants(side+`(document.getElementById('send'))`, "left")
	b.wants(side+`(document.querySelector('.head .face'))`, "right")
	b.wants(`getComputedStyle(document.querySelectorAll('.theirs .text')[1]).direction`, "ltr") // each text as it is written
	b.wants(`getComputedStyle(document.querySelectorAll('.mine .text')[0]).direction`, "rtl")
	b.wants(`getComputedStyle(document.querySelectorAll('.mine .text')[1]).direction`, "ltr")
	b.wants(`new Set([...document.querySelectorAll('.list .option-text > *')].map((n) => Math.round(n.getBoundingClientRect().right))).size`, "1")
	b.wants(`document.getElementById('scroll').scrollWidth <= document.getElementById('scroll').clientWidth`, "true")
	b.picture("phone-rtl")
	b.scheme("dark")
	b.desktop()
	b.picture("desktop-rtl-dark")
}

func pageReflows(t *testing.T, browser context.Context) {
	media := mediaServer(t)
	h := newFakeHost()
	h.reply = func(*channels.Event) []channels.Message {
		return append(gallery(media.URL), menu(&channels.Event{Text: "help"})...)
	}
	s := start(t, newListedChannel(t, map[string]string{"title": "Acme deliveries and returns"}, map[string][]string{"uploads": {"image/*"}}), h)
	b := newVisit(t, browser)
	b.scheme("light")
	fits := func(what string) {
		t.Helper()
		b.wants(`document.documentElement.scrollWidth <= innerWidth && document.getElementById('scroll').scrollWidth <= document.getElementById('scroll').clientWidth`, "true")
		b.wants(`[...document.querySelectorAll('button, textarea')].filter((n) => n.checkVisibility())
			.filter((n) => { const r = n.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth + 1; }).map((n) => n.id || n.innerText).join()`, "")
		b.picture(what)
	}
	b.size(emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 256, DeviceScaleFactor: 4}) // 1280 by 1024 at 400 %
	b.visit(s.URL)
	b.shows("Talk to a person")
	fits("zoom-400")
	b.wants(`document.getElementById('scroll').clientHeight > 90`, "true")
	b.size(emulation.SetDeviceMetricsOverrideParams{Width: 640, Height: 430, DeviceScaleFactor: 2})
	fits("zoom-200")
	b.phone()
	b.run(`document.documentElement.style.fontSize = '32px', dispatchEvent(new Event('resize'))`) // larger texts, as in the settings of a browser
	fits("text-200")
	b.wants(`[...document.querySelectorAll('.option, .bubble, textarea')].filter((n) => n.scrollHeight > n.clientHeight + 2).length`, "0")
}

func TestEveryLanguageHasEveryText(t *testing.T) {
	w, err := newWords("", nil)
	if err != nil {
		t.Fatal(err)
	}
	places := func(text string) []string {
		found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
		slices.Sort(found)
		return found
	}
	for tag, texts := range w.texts {
		if d := cmp.Diff(slices.Sorted(maps.Keys(w.texts[english])), slices.Sorted(maps.Keys(texts))); d != "" {
			t.Errorf("%s: %s", tag, d)
		}
		for name, text := range texts {
			if d := cmp.Diff(places(w.texts[english][name]), places(text)); d != "" || strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s.%s is %q: %s", tag, name, text, d)
			}
		}
		if want := map[bool]string{true: "rtl", false: "ltr"}[tag == "ar" || tag == "he"]; direction(tag) != want {
			t.Errorf("%s is written %s", tag, direction(tag))
		}
	}
}

func TestThePageIsInTheVisitorsLanguage(t *testing.T) {
	for _, tt := range []struct{ setting, asked, header, want string }{
		{"", "", "", "en"}, {"", "", "de-AT, en;q=0.5", "de"}, {"", "", "sw, fr;q=0.5", "fr"}, {"", "", "sw", "en"},
		{"", "ar-EG", "de", "ar"}, {"", "sw", "de", "en"}, {"fr", "", "de", "fr"}, {"fr", "de", "en", "de"}, {"fr", "ja", "de", "fr"},
		{"", "../../etc", "de", "en"}, {"", strings.Repeat("a", 4000), "de", "de"}, {"", "", "*", "en"}, {"pt-PT", "", "de", "pt"},
	} {
		c := newClient(t, start(t, newTestChannel(t, map[string]string{"language": tt.setting}), newFakeHost()))
		c.header.Set("Accept-Language", tt.header)
		resp, body := get(t, c, "?lang="+tt.asked)
		if got := resp.Header.Get("Content-Language"); got != tt.want || !strings.Contains(body, fmt.Sprintf(`<html lang=%q dir=`, tt.want)) {
			t.Errorf("%+v: %s", tt, got)
		}
		if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Language") {
			t.Error("caches may mix languages up")
		}
	}
}

func TestTextsOfTheSettingsGoBefore(t *testing.T) {
	w, err := newWords("", []string{"de.welcome=Fragen Sie.", "welcome=Ask = answer", "sw.send=Tuma"})
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		w.texts["de"]["welcome"]: "Fragen Sie.", w.texts["fr"]["welcome"]: "Ask = answer",
		w.texts["sw"]["send"]: "Tuma", w.texts["sw"]["today"]: "Today", w.pick("sw-KE", ""): "sw",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	evil := newListedChannel(t, nil, map[string][]string{"texts": {`welcome=</script><img src=x onerror=alert(1)>`, `open=</script>`}})
	for _, body := range [][]byte{evil.pages.html["en"].body, evil.files["widget.js"].body} {
		if strings.Contains(string(body), "<img src=x") || strings.Contains(string(body), "=</script>") || strings.Count(string(body), "</script>") > 3 {
			t.Error("a text is markup")
		}
	}
}
