package channels_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/channels"
)

// full can do everything, in small measures.
func full() channels.Capabilities {
	c := channels.Capabilities{
		Text:    channels.TextLimit{Max: 40, Unit: channels.Runes},
		Caption: channels.TextLimit{Max: 20, Unit: channels.Runes},
		Media:   []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		Captions: []channels.MediaKind{
			channels.Image, channels.Video,
		},
		OptionID: 8, Location: true, Contact: true, Links: true, Template: true,
	}
	c.Buttons.Max, c.Buttons.Label = 2, channels.TextLimit{Max: 10, Unit: channels.Runes}
	c.List.Max, c.List.Label, c.List.Hint = 3, channels.TextLimit{Max: 12}, channels.TextLimit{Max: 12}
	return c
}

func options(labels ...string) []channels.Option {
	var out []channels.Option
	for _, l := range labels {
		id, hint, _ := strings.Cut(l, "|")
		out = append(out, channels.Option{ID: strings.ToLower(id), Label: id, Hint: hint})
	}
	return out
}

func TestRenderUsesTheBestFormThatFits(t *testing.T) {
	image := &channels.Media{Kind: channels.Image, URL: "https://cdn.example.test/a.png", Name: "a.png"}
	audio := &channels.Media{Kind: channels.Audio, URL: "https://cdn.example.test/a.mp3"}
	place := &channels.Location{Latitude: 25.2, Longitude: -55.5, Name: "Depot"}
	card := &channels.Contact{Name: "Dana", Phones: []string{"+15550100017"}, Emails: []string{"dana@example.test"}}
	link := []channels.Link{{Label: "Shop", URL: "https://shop.example.test"}}
	two, three, four := options("Yes", "No"), options("A", "B", "C"), options("A", "B", "C", "D")
	long := "This text is longer than a caption"
	for _, c := range []struct {
		name string
		caps channels.Capabilities
		in   channels.Reply
		want []channels.Message
	}{
		{"nothing", full(), channels.Reply{Text: " \n"}, nil},
		{"text", channels.Capabilities{}, channels.Reply{Text: "Hi\x00 "}, []channels.Message{{Text: "Hi"}}},
		{"buttons", full(), channels.Reply{Text: "Sure?", Options: two},
			[]channels.Message{{Text: "Sure?", Form: channels.FormButtons, Options: two}}},
		{"too many buttons", full(), channels.Reply{Text: "Which?", Options: three},
			[]channels.Message{{Text: "Which?", Form: channels.FormList, Options: three}}},
		{"an id too long for either", full(), channels.Reply{Text: "Which?", Options: options("123456789")},
			[]channels.Message{{Text: "Which?\n1 123456789", Form: channels.FormText, Options: options("123456789")}}},
		{"a label too long for buttons", full(), channels.Reply{Text: "Which?", Options: []channels.Option{{ID: "a", Label: "12345678901"}}},
			[]channels.Message{{Text: "Which?", Form: channels.FormList, Options: []channels.Option{{ID: "a", Label: "12345678901"}}}}},
		{"too many rows", full(), channels.Reply{Text: "Which?", Options: four},
			[]channels.Message{{Text: "Which?\n1 A\n2 B\n3 C\n4 D", Form: channels.FormText, Options: four}}},
		{"hints want a list", full(), channels.Reply{Text: "Which?", Options: options("A|first", "B")},
			[]channels.Message{{Text: "Which?", Form: channels.FormList, Options: options("A|first", "B")}}},
		{"a hint too long for a list", full(), channels.Reply{Text: "Which?", Options: options("A|much too long", "B")},
			[]channels.Message{{Text: "Which?\nA - much too long", Form: channels.FormButtons, Options: options("A|much too long", "B")}}},
		{"plain text", channels.Capabilities{}, channels.Reply{Text: "Which?", Options: options("Track|where it is", "Return")},
			[]channels.Message{{Text: "Which?\n1 Track - where it is\n2 Return", Form: channels.FormText, Options: options("Track|where it is", "Return")}}},
		{"options without a text", full(), channels.Reply{Options: two},
			[]channels.Message{{Text: "1 Yes\n2 No", Form: channels.FormText, Options: two}}},
		{"caption", full(), channels.Reply{Text: "A lamp", Media: image}, []channels.Message{{Text: "A lamp", Media: image}}},
		{"caption with buttons", full(), channels.Reply{Text: "A lamp", Media: image, Options: two},
			[]channels.Message{{Text: "A lamp", Media: image, Form: channels.FormButtons, Options: two}}},
		{"no caption with a list", full(), channels.Reply{Text: "A lamp", Media: image, Options: three},
			[]channels.Message{{Media: image}, {Text: "A lamp", Form: channels.FormList, Options: three}}},
		{"caption too long", full(), channels.Reply{Text: long, Media: image}, []channels.Message{{Media: image}, {Text: long}}},
		{"a kind without captions", full(), channels.Reply{Text: "Hear", Media: audio}, []channels.Message{{Media: audio}, {Text: "Hear"}}},
		{"media alone", full(), channels.Reply{Media: audio}, []channels.Message{{Media: audio}}},
		{"media as a link", channels.Capabilities{}, channels.Reply{Text: "A lamp", Media: image},
			[]channels.Message{{Text: "A lamp\na.png: https://cdn.example.test/a.png"}}},
		{"location", full(), channels.Reply{Text: "Here", Location: place}, []channels.Message{{Location: place}, {Text: "Here"}}},
		{"location as text", channels.Capabilities{}, channels.Reply{Location: place},
			[]channels.Message{{Text: "Depot\nhttps://www.google.com/maps/search/?api=1&query=25.2%2C-55.5"}}},
		{"contact", full(), channels.Reply{Contact: card}, []channels.Message{{Contact: card}}},
		{"contact without a number", full(), channels.Reply{Contact: &channels.Contact{Name: "Dana"}}, []channels.Message{{Text: "Dana"}}},
		{"contact as text", channels.Capabilities{}, channels.Reply{Contact: card},
			[]channels.Message{{Text: "Dana\n+15550100017\ndana@example.test"}}},
		{"links", full(), channels.Reply{Text: "See", Links: link}, []channels.Message{{Text: "See", Links: link}}},
		{"links without a text", full(), channels.Reply{Links: link}, []channels.Message{{Text: "Shop: https://shop.example.test"}}},
		{"links as text", channels.Capabilities{}, channels.Reply{Text: "See", Links: link},
			[]channels.Message{{Text: "See\nShop: https://shop.example.test"}}},
		{"template", full(), channels.Reply{Text: "Paid", Template: &channels.Template{Name: "paid"}},
			[]channels.Message{{Template: &channels.Template{Name: "paid"}}}},
		{"no templates", channels.Capabilities{}, channels.Reply{Text: "Paid", Template: &channels.Template{Name: "paid"}},
			[]channels.Message{{Text: "Paid"}}},
		{"options on the last part", full(), channels.Reply{Text: "One two three four five six. Seven eight nine ten?", Options: two},
			[]channels.Message{{Text: "One two three four five six."}, {Text: "Seven eight nine ten?", Form: channels.FormButtons, Options: two}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, channels.Render(c.caps, c.in)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRenderKeepsEveryMessageWithinTheLimits(t *testing.T) {
	text := rapid.StringN(0, 120, -1)
	rapid.Check(t, func(t *rapid.T) {
		c := full()
		c.Buttons.Max = rapid.IntRange(0, 4).Draw(t, "buttons")
		c.List.Max = rapid.IntRange(0, 6).Draw(t, "rows")
		c.Links = rapid.Bool().Draw(t, "links")
		c.Location = rapid.Bool().Draw(t, "location")
		c.Media = c.Media[:rapid.IntRange(0, 4).Draw(t, "media")]
		r := channels.Reply{Text: text.Draw(t, "text")}
		for i := range rapid.IntRange(0, 8).Draw(t, "options") {
			r.Options = append(r.Options, channels.Option{
				ID: strings.Repeat("i", i+1), Label: text.Draw(t, "label"), Hint: text.Draw(t, "hint"),
			})
		}
		if rapid.Bool().Draw(t, "with media") {
			r.Media = &channels.Media{Kind: channels.Video, URL: "https://cdn.example.test/v.mp4"}
		}
		if rapid.Bool().Draw(t, "with location") {
			r.Location = &channels.Location{Latitude: 1, Longitude: 2, Name: text.Draw(t, "place")}
		}
		messages := channels.Render(c, r)
		if len(r.Options) > 0 && (len(messages) == 0 || len(messages[len(messages)-1].Options) != len(r.Options)) {
			t.Fatalf("the options are not on the last of %d messages", len(messages))
		}
		for _, m := range messages {
			checkMessage(t, c, m)
		}
	})
}

func checkMessage(t *rapid.T, c channels.Capabilities, m channels.Message) {
	limit := c.Text
	if m.Media != nil {
		limit = c.Caption
	}
	if n := channels.Measure(m.Text, limit.Unit); n > limit.Max {
		t.Fatalf("a text of %d, limit %d", n, limit.Max)
	}
	if strings.TrimSpace(m.Text) == "" && m.Media == nil && m.Location == nil && m.Contact == nil && m.Template == nil {
		t.Fatal("an empty message")
	}
	most := map[channels.Form]int{channels.FormButtons: c.Buttons.Max, channels.FormList: c.List.Max, channels.FormText: 8}
	if len(m.Options) > most[m.Form] {
		t.Fatalf("%d options as %q", len(m.Options), m.Form)
	}
}

// A text that something hangs on has a limit of its own, and only its last part.
func TestTextWithOptionsHasItsOwnLimit(t *testing.T) {
	caps := full()
	caps.WithOptions = channels.TextLimit{Max: 12, Unit: channels.Runes}
	text := "One two three four five six seven eight nine ten"
	for name, r := range map[string]channels.Reply{
		"buttons": {Text: text, Options: options("Yes", "No")},
		"links":   {Text: text, Links: []channels.Link{{Label: "Shop", URL: "https://shop.example.test"}}},
	} {
		out := channels.Render(caps, r)
		var joined []string
		for i, m := range out {
			joined = append(joined, m.Text)
			last := i == len(out)-1
			if hangs := len(m.Options)+len(m.Links) > 0; hangs != last {
				t.Errorf("%s: message %d: %+v", name, i, m)
			}
			if limit := 40; len(m.Text) > limit || last && len(m.Text) > 12 {
				t.Errorf("%s: %d characters in message %d", name, len(m.Text), i)
			}
		}
		if got := strings.Join(joined, " "); got != text {
			t.Errorf("%s: %q", name, got)
		}
	}
	plain := channels.Render(caps, channels.Reply{Text: text, Options: options("1234567890123456")})
	if len(plain) != 2 || !strings.Contains(plain[1].Text, "1 1234567890123456") {
		t.Errorf("options in the text: %+v", plain)
	}
}
