package flows

import (
	"fmt"
	"slices"

	"github.com/parley-chat/parley/channels"
)

// lintMedia hints at media that become a link, and at captions that are sent on their
// own.
func lintMedia(c *compiler, forms []form, lacks *lacking) {
	for _, s := range c.messages() {
		if s.m == nil || s.m.mediaURL == nil {
			continue
		}
		kind := s.m.media
		at := s.at(string(kind))
		lacks.add("H402 media become a link in the text", at, forms, func(f form) bool { return len(f.can.Media) == 0 })
		if linked := byDetail(forms, func(f form) string { return f.linked(kind) }); linked != "" {
			c.r.Hint(at, "H402", "", "the %s becomes a link: %s", kind, linked)
		}
		words := s.wordings()
		if len(words) == 0 {
			continue
		}
		lacks.add("H403 the text follows the media, as a message of its own", at, forms, func(f form) bool { return len(f.can.Media) > 0 && f.can.Caption.Max == 0 })
		for _, w := range words {
			if apart := byDetail(forms, func(f form) string { return f.apart(kind, w.text) }); apart != "" {
				c.r.Hint(w.node.Pos(), "H403", "", "the text follows the %s as a message of its own: %s", kind, apart)
			}
		}
	}
}

// linked says which media a channel has instead of a kind; empty when it has it, or none.
func (f form) linked(kind channels.MediaKind) string {
	if len(f.can.Media) == 0 || slices.Contains(f.can.Media, kind) {
		return ""
	}
	return "there are only " + kindNames(f.can.Media)
}

// apart says why a channel does not show a text with media; empty when it does, when it
// shows none at all, or when the media are a link anyway.
func (f form) apart(kind channels.MediaKind, text string) string {
	switch carries := f.can.Captions; {
	case !slices.Contains(f.can.Media, kind) || f.can.Caption.Max == 0:
		return ""
	case carries != nil && !slices.Contains(carries, kind):
		return "only " + kindNames(carries) + " have a caption"
	case channels.Measure(text, f.can.Caption.Unit) > f.can.Caption.Max:
		return fmt.Sprintf("a caption may have %s", limit(f.can.Caption))
	}
	return ""
}

// kindNames are kinds of media in words.
func kindNames(kinds []channels.MediaKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, map[channels.MediaKind]string{
			channels.Image: "images", channels.Audio: "sounds", channels.Video: "videos", channels.File: "files",
		}[k])
	}
	return listed(names)
}
