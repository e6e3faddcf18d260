package webchat

import (
	"bytes"
	"context"
	"fmt"
	"image"
	rgb "image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/parley-chat/parley/channels"
)

// mediaServer answers as a site of media would: with a picture or a sound.
func mediaServer(t *testing.T) *httptest.Server {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 480, 300))
	for y := range 300 {
		for x := range 480 {
			picture.Set(x, y, rgb.RGBA{uint8(90 + x/4), uint8(120 + y/3), 190, 255})
		}
	}
	var body bytes.Buffer
	if err := png.Encode(&body, picture); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".wav") {
			w.Header().Set("Content-Type", "audio/wav")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(silence()))
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(body.Bytes())
	}))
	t.Cleanup(s.Close)
	return s
}

// silence is a quarter of a second of it, 8 bits at 8 kHz.
func silence() []byte {
	return append([]byte("RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x08\x00\x00"),
		bytes.Repeat([]byte{0x80}, 0x800)...)
}

func rows(n int) []channels.Option {
	var options []channels.Option
	for i := range n {
		options = append(options, channels.Option{ID: fmt.Sprint("row", i+1), Label: fmt.Sprintf("Branch number %d", i+1), Hint: "Open until six"})
	}
	return options
}

// gallery is one of each message that a flow can send.
func gallery(media string) []channels.Message {
	return []channels.Message{
		{Text: "Good morning, Dana. Your order 10442 left our warehouse yesterday evening and should be with you between nine and noon. " +
			"You can follow it at https://track.example.com/parcels/10442?from=chat (no account needed).\n\nAnything else?"},
		{Text: "Here is the proof of delivery.", Media: &channels.Media{Kind: channels.Image, URL: media + "/door.png", Name: "The parcel at the door"}},
		{Media: &channels.Media{Kind: channels.File, URL: media + "/invoice-10442.pdf", Name: "Invoice 10442.pdf", Size: 184_320}},
		{Text: "How to get there:", Media: &channels.Media{Kind: channels.Audio, URL: media + "/way.wav"}},
		{Location: &channels.Location{Latitude: 6.4541, Longitude: 3.3947, Name: "Acme pickup point", Address: "12 Marina Road, Lagos Island"}},
		{Contact: &channels.Contact{Name: "Ann, customer care", Phones: []string{"+234 1 555 0100"}, Emails: []string{"care@example.com"}}},
		{Text: "More about deliveries:", Links: []channels.Link{{Label: "Delivery times", URL: "https://example.com/times"}, {Label: "Returns", URL: "https://example.com/returns"}}},
		{Text: "شكرا لك! سنرسل لك رسالة عندما يصل الطرد."},
		{Text: "Which branch is closest to you?", Form: channels.FormList, Options: []channels.Option{
			{ID: "a", Label: "Marina", Hint: "12 Marina Road, open until six"},
			{ID: "b", Label: "Ikeja City Mall", Hint: "Second floor, open until nine on weekdays and until eleven on Saturdays"},
			{ID: "c", Label: "Another one"},
		}},
	}
}

func pageShowsEveryKindOfMessage(t *testing.T, browser context.Context) {
	h := newFakeHost()
	media := mediaServer(t)
	h.reply = func(e *channels.Event) []channels.Message {
		switch {
		case e.Kind == channels.KindStarted:
			return gallery(media.URL)
		case e.Text == "branches":
			return []channels.Message{{Text: "All of our branches:", Form: channels.FormList, Options: rows(20)}}
		}
		return nil
	}
	s := start(t, newTestChannel(t, map[string]string{"title": "Acme deliveries", "color": "#0b7a75"}), h)
	b := newVisit(t, browser)
	b.scheme("light")
	b.phone()
	b.do(chromedp.Navigate(s.URL + "/channels/web/"))
	b.shows("Which branch is closest to you?")
	b.until(`document.querySelector('.picture img').complete`)
	b.wants(`document.querySelectorAll('.row.theirs').length`, "9")
	b.wants(`document.querySelector('.text a').href`, "https://track.example.com/parcels/10442?from=chat")
	b.wants(`document.querySelector('.text a').rel`, "noopener noreferrer nofollow")
	b.wants(`document.querySelector('a.card[href*=invoice] small').innerText`, "184 kB")
	b.wants(`[...document.querySelectorAll('.card a')].map((a) => a.href).join(' ')`, "tel:+23415550100 mailto:care@example.com")
	b.wants(`[...document.querySelectorAll('.link')].map((a) => a.innerText).join(', ')`, "Delivery times, Returns")
	b.wants(`document.querySelector('#log').scrollWidth <= document.querySelector('#log').clientWidth`, "true")
	b.picture("phone-forms-end")
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('scroll').scrollTo(0, 0)`))
	b.until(`!document.getElementById('jump').hidden`)
	b.picture("phone-forms-start")
	b.do(chromedp.Click(chromedp.ID("jump")))
	b.until(`document.getElementById('jump').hidden`)

	b.write("branches")
	b.shows("All of our branches:")
	b.shows("Show all 20")
	b.wants(`document.querySelectorAll('.option:enabled:not([hidden], .more)').length`, "7")
	b.picture("phone-list")
	b.tap("Show all 20")
	b.tap("Branch number 19")
	b.until(`document.querySelector('.chosen .label').innerText === 'Branch number 19'`)
	b.scheme("dark")
	b.picture("phone-list-dark")
	b.desktop()
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('scroll').scrollTo(0, 300)`))
	b.picture("desktop-dark")
	b.scheme("light")
	b.picture("desktop-light")
}

func pageShowsTextAsText(t *testing.T, browser context.Context) {
	h := newFakeHost()
	evil := `<img src=x onerror="document.title='stolen'"> <script>document.title='stolen'</script> javascript:alert(1) https://ok.example/).`
	h.reply = func(e *channels.Event) []channels.Message {
		if e.Kind != channels.KindStarted {
			return nil
		}
		return []channels.Message{
			{Text: evil},
			{Text: "links", Links: []channels.Link{{Label: "click", URL: "javascript:alert(1)"}, {Label: "data", URL: "data:text/html,x"}}},
			{Media: &channels.Media{Kind: channels.Image, URL: "javascript:alert(1)", Name: evil}},
			{Media: &channels.Media{Kind: channels.File, URL: "https://files.example/%E0%A4%A.pdf"}},
			{Contact: &channels.Contact{Name: evil, Phones: []string{`1"onclick="x`}, Emails: []string{"a@b?subject=x"}}},
			{Location: &channels.Location{Name: evil, Address: evil}},
			{Text: strings.Repeat("unbreakable", 60), Form: channels.FormButtons, Options: []channels.Option{
				{ID: "1", Label: evil, Hint: evil}, {ID: "2", Label: strings.Repeat("long", 60)},
			}},
		}
	}
	title := `"><script>document.title='stolen'</script>`
	s := start(t, newTestChannel(t, map[string]string{"title": title}), h)
	b := newVisit(t, browser)
	b.scheme("light")
	b.phone()
	b.do(chromedp.Navigate(s.URL + "/channels/web/"))
	b.shows("unbreakable")
	b.wants(`document.querySelectorAll('.row').length`, "7")
	b.wants(`document.title`, title)
	b.wants(`document.querySelectorAll('#log script, #log img, #log [onclick]').length`, "0")
	b.wants(`[...document.querySelectorAll('#log a')].map((a) => a.href).filter((h) => !/^(https?|tel|mailto):/.test(h)).length`, "0")
	b.wants(`document.querySelector('.text a').href`, "https://ok.example/")
	b.wants(`document.getElementById('scroll').scrollWidth <= document.getElementById('scroll').clientWidth`, "true")
	b.picture("phone-hostile")
}
