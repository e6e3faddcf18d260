package media

import (
	"mime"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/parley-chat/parley/channels"
)

// headSize is how much of a file tells its type.
const headSize = 3072

// A head keeps the first bytes that are written to it.
type head struct{ bytes []byte }

func (h *head) Write(p []byte) (int, error) {
	h.bytes = append(h.bytes, p[:min(len(p), headSize-len(h.bytes))]...)
	return len(p), nil
}

const unknownType = "application/octet-stream"

// typeOf returns the type of content. What was declared is believed only where the
// content can't tell: a table is a text, and a voice message may be in a container
// for videos. It never makes a page, a program or a picture of what is none.
func typeOf(head []byte, declared string) string {
	found := bare(mimetype.Detect(head).String())
	declared = bare(declared)
	foundFamily, foundForm, _ := strings.Cut(found, "/")
	family, form, ok := strings.Cut(declared, "/")
	switch {
	case !ok:
	case found == "text/plain" && slices.Contains(plainTexts(), declared):
		return declared
	case family == "audio" && (foundFamily == "video" || found == "application/ogg") && sameForm(form, foundForm):
		return declared
	case found == "application/ogg" && declared == "video/ogg":
		return declared
	}
	return found
}

// sameForm compares containers by their names: x-m4a is mp4.
func sameForm(a, b string) bool {
	canonical := func(form string) string {
		form = strings.TrimPrefix(form, "x-")
		if form == "m4a" {
			return "mp4"
		}
		return form
	}
	return canonical(a) == canonical(b)
}

// plainTexts are forms of text that look like any other text and that no browser
// runs.
func plainTexts() []string {
	return []string{"text/csv", "text/vcard", "text/x-vcard", "text/calendar", "text/markdown", "text/tab-separated-values"}
}

// bare is a type in small letters, without its parameters.
func bare(typ string) string {
	if parsed, _, err := mime.ParseMediaType(typ); err == nil {
		return parsed
	}
	return ""
}

// Allowed reports whether a type is among those of a list: types, and families
// such as image/*. */* is any.
func Allowed(typ string, types []string) bool {
	typ = bare(typ)
	family, _, _ := strings.Cut(typ, "/")
	return typ != "" && slices.ContainsFunc(types, func(t string) bool {
		return t == typ || t == family+"/*" || t == "*/*"
	})
}

// Inline reports whether a browser may show content of a type in place: pictures
// of dots, sounds and videos. All else, pages and drawings that can hold scripts
// before all, is only to be downloaded.
func Inline(typ string) bool {
	typ = bare(typ)
	family, form, _ := strings.Cut(typ, "/")
	return family == "audio" || family == "video" || family == "image" && !strings.Contains(form, "xml")
}

// KindOf is the kind of media of a type.
func KindOf(typ string) channels.MediaKind {
	switch family, _, _ := strings.Cut(bare(typ), "/"); family {
	case "image":
		return channels.Image
	case "audio":
		return channels.Audio
	case "video":
		return channels.Video
	}
	return channels.File
}

// DefaultTypes are the types that are kept unless others are named: pictures,
// sounds, videos and usual documents. Pages, drawings with scripts, archives and
// programs are not among them.
func DefaultTypes() []string {
	const office, open = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
	return []string{
		"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif", "image/bmp", "image/tiff",
		"audio/*", "video/*", "application/ogg", "application/pdf",
		"text/plain", "text/csv", "text/vcard", "text/x-vcard", "text/calendar", "text/markdown", "text/tab-separated-values", "text/rtf",
		"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
		office + "wordprocessingml.document", office + "spreadsheetml.sheet", office + "presentationml.presentation",
		open + "text", open + "spreadsheet", open + "presentation",
	}
}
