package webhook

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// readMedia reads where media are.
func (m *mapping) readMedia(s *settings) error {
	lines, err := s.named("media")
	if err != nil {
		return err
	}
	for i, n := range lines {
		kind := channels.MediaKind(n.name)
		switch {
		case n.name == "auto":
			kind = ""
		case !slices.Contains(allMedia(), kind):
			return fmt.Errorf(`setting "media" line %d at column 1: %.40q is no kind; one of image, audio, video, file, auto`, i+1, n.name)
		}
		m.media = append(m.media, mediaAt{kind, n.at})
	}
	return nil
}

func allMedia() []channels.MediaKind {
	return []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File}
}

// addContent adds what was written and sent along.
func (m *mapping) addContent(e *channels.Event, d *document) {
	e.Text = m.at["text"].lines(d)
	for _, at := range m.media {
		m.addMedia(e, d, at)
	}
	lat, ok1 := degrees(m.text("latitude", d), 90)
	long, ok2 := degrees(m.text("longitude", d), 180)
	if ok1 && ok2 {
		e.Location = &channels.Location{
			Latitude: lat, Longitude: long, Name: m.text("location_name", d), Address: m.text("location_address", d),
		}
	}
	for _, card := range m.at["contacts"].present(d) {
		if c, ok := m.contact(d.at(card)); ok {
			e.Contacts = append(e.Contacts, c)
		}
	}
}

// addMedia adds the media at a place. What tells more of them is of the same
// number, or there is only one.
func (m *mapping) addMedia(e *channels.Event, d *document, at mediaAt) {
	addresses := at.at.texts(d)
	same := func(name string) []string {
		if out := m.at[name].texts(d); len(out) == len(addresses) {
			return out
		}
		return make([]string, len(addresses))
	}
	kinds, mimes, names := same("media_kind"), same("media_mime"), same("media_name")
	for i, address := range addresses {
		if !isAddress(address) {
			continue
		}
		media := channels.Media{Kind: at.kind, URL: address, MIME: mimes[i], Name: names[i]}
		if media.Kind == "" {
			media.Kind = mediaKind(kinds[i], mimes[i])
		}
		e.Media = append(e.Media, media)
	}
}

// isAddress keeps out what is no address, such as a mark that a file is gone.
func isAddress(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	return ok && rest != "" && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// mediaKind reads a platform's word for a form of media, or its type.
func mediaKind(word, mime string) channels.MediaKind {
	for _, w := range []string{word, mime} {
		w, _, _ = strings.Cut(strings.ToLower(w), "/")
		switch w {
		case "image", "photo", "picture", "sticker", "gif":
			return channels.Image
		case "audio", "voice", "ptt", "sound":
			return channels.Audio
		case "video":
			return channels.Video
		case "file", "document":
			return channels.File
		}
	}
	return channels.File
}

func degrees(s string, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && math.Abs(f) <= most
}

// contact reads a card; one without a name, a number or a vCard is none.
func (m *mapping) contact(d *document) (channels.Contact, bool) {
	c := channels.Contact{Name: m.text("contact_name", d), VCard: m.text("contact_vcard", d), Phones: m.at["contact_phone"].texts(d)}
	c.Phones = slices.DeleteFunc(c.Phones, func(s string) bool { return s == "" })
	if len(c.Phones) == 0 {
		c.Phones = phonesOf(c.VCard)
	}
	return c, c.Name != "" || len(c.Phones) > 0 || c.VCard != ""
}

// phonesOf reads the numbers of a vCard.
func phonesOf(vcard string) []string {
	var out []string
	for line := range strings.Lines(vcard) {
		property, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		// item1.TEL;waid=15550100017:+1 555 010 0017
		name, _, _ := strings.Cut(property, ";")
		name = name[strings.LastIndex(name, ".")+1:]
		if ok && strings.EqualFold(name, "TEL") && value != "" {
			out = append(out, value)
		}
	}
	return out
}

// maxUnix is the last second of the year 9999, beyond which a time is no JSON.
const maxUnix = 253402300799

// moment reads a time: Unix seconds, milliseconds or microseconds by their size, or
// a date and time, of UTC where it names no zone. Zero for anything else.
func moment(s string) time.Time {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		for f > maxUnix && f < maxUnix*1e6 {
			f /= 1000
		}
		if f <= 0 || f > maxUnix || math.IsNaN(f) {
			return time.Time{}
		}
		if whole, err := strconv.ParseInt(s, 10, 64); err == nil && whole <= maxUnix {
			return time.Unix(whole, 0).UTC()
		}
		return time.UnixMilli(int64(math.Round(f * 1000))).UTC()
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05-0700", time.RFC1123Z, time.RFC1123} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() <= 9999 {
			return t.UTC()
		}
	}
	return time.Time{}
}
