package channels

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Render turns a reply into the messages that show it on a channel, in order,
// each within the channel's limits and none empty. What a channel lacks becomes
// something it has:
//
//   - options: buttons, else a list, else numbered lines of the text; they are on
//     the last message. Buttons show no hints, so the text does.
//   - media of a kind that cannot be sent, locations, contacts and links: text
//   - a caption that is too long: the media first, then the text
//   - a long text: several messages, see [Split]
//
// A reply with a template becomes the template alone where templates exist: take
// it off the reply while the window is open. Messages have no address yet.
func Render(c Capabilities, r Reply) []Message {
	if r.Template != nil && c.Template {
		return []Message{{Template: r.Template}}
	}
	var out []Message
	text := []string{Clean(r.Text)}
	var media *Media
	if r.Media != nil {
		if r.Media.URL != "" && slices.Contains(c.Media, r.Media.Kind) {
			media = r.Media
		} else {
			text = append(text, joined(": ", r.Media.Name, r.Media.URL))
		}
	}
	if r.Location != nil {
		if c.Location {
			out = append(out, Message{Location: r.Location})
		} else {
			text = append(text, locationText(r.Location))
		}
	}
	if r.Contact != nil {
		if c.Contact && len(r.Contact.Phones) > 0 {
			out = append(out, Message{Contact: r.Contact})
		} else {
			text = append(text, contactText(r.Contact))
		}
	}
	last := Message{}
	if c.Links && strings.TrimSpace(joined("", text...)) != "" {
		last.Links = r.Links
	} else {
		for _, l := range r.Links {
			text = append(text, joined(": ", Clean(l.Label), l.URL))
		}
	}
	if len(r.Options) > 0 {
		last.Options = r.Options
		last.Form = form(c, r.Options, strings.TrimSpace(joined("", text...)) != "")
		text = append(text, optionLines(last.Form, r.Options)...)
	}
	return append(out, finish(c, media, strings.TrimSpace(joined("\n", text...)), last)...)
}

// finish puts the text under the media where it fits, or after it in as many
// parts as it takes. What hangs on the last message goes with the last part.
func finish(c Capabilities, media *Media, text string, last Message) []Message {
	var out []Message
	if media != nil {
		if text == "" || captioned(c, media.Kind, text) && last.Form != FormList {
			last.Media, last.Text = media, text
			return []Message{last}
		}
		out = append(out, Message{Media: media})
	}
	parts := Split(text, c.Text)
	if end := len(parts) - 1; end >= 0 && c.WithOptions.Max > 0 && last.hangs() {
		parts = append(parts[:end], Split(parts[end], c.WithOptions)...)
	}
	for i, part := range parts {
		m := Message{}
		if i == len(parts)-1 {
			m = last
		}
		m.Text = part
		out = append(out, m)
	}
	return out
}

// hangs reports whether there is something native that hangs on the text.
func (m *Message) hangs() bool {
	return len(m.Links) > 0 || len(m.Options) > 0 && m.Form != FormText
}

func captioned(c Capabilities, k MediaKind, text string) bool {
	if c.Captions != nil && !slices.Contains(c.Captions, k) {
		return false
	}
	return c.Caption.Max > 0 && Measure(text, c.Caption.Unit) <= c.Caption.Max
}

// form picks how options are shown. Buttons and lists need a text to hang on.
func form(c Capabilities, options []Option, text bool) Form {
	hints := slices.ContainsFunc(options, func(o Option) bool { return o.Hint != "" })
	buttons := text && len(options) <= c.Buttons.Max && all(options, func(o Option) bool {
		return fits(c, o, c.Buttons.Label)
	})
	list := text && len(options) <= c.List.Max && all(options, func(o Option) bool {
		return fits(c, o, c.List.Label) && (o.Hint == "" || o.fitsHint(c.List.Hint))
	})
	switch {
	case buttons && !(hints && list):
		return FormButtons
	case list:
		return FormList
	default:
		return FormText
	}
}

func all(options []Option, ok func(Option) bool) bool {
	return !slices.ContainsFunc(options, func(o Option) bool { return !ok(o) })
}

func fits(c Capabilities, o Option, label TextLimit) bool {
	if strings.TrimSpace(o.Label) == "" || c.OptionID > 0 && len(o.ID) > c.OptionID {
		return false
	}
	return label.Max <= 0 || Measure(o.Label, label.Unit) <= label.Max
}

func (o Option) fitsHint(l TextLimit) bool {
	return l.Max > 0 && Measure(o.Hint, l.Unit) <= l.Max
}

// optionLines are the lines that a form adds to the text.
func optionLines(f Form, options []Option) []string {
	var lines []string
	for i, o := range options {
		line := joined(" - ", Clean(o.Label), Clean(o.Hint))
		switch {
		case f == FormText:
			lines = append(lines, strconv.Itoa(i+1)+" "+line)
		case f == FormButtons && o.Hint != "":
			lines = append(lines, line)
		}
	}
	return lines
}

func locationText(l *Location) string {
	where := fmt.Sprintf("%s,%s", strconv.FormatFloat(l.Latitude, 'f', -1, 64), strconv.FormatFloat(l.Longitude, 'f', -1, 64))
	return joined("\n", Clean(l.Name), Clean(l.Address),
		"https://www.google.com/maps/search/?api=1&query="+url.QueryEscape(where))
}

func contactText(c *Contact) string {
	lines := append([]string{Clean(c.Name)}, c.Phones...)
	return joined("\n", append(lines, c.Emails...)...)
}

// joined joins what is not empty.
func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" }), sep)
}
