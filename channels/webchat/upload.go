package webchat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
)

// How much a visitor and all of them may send at a time.
const (
	uploadBurst  = 10
	uploadEvery  = 5 * time.Second
	maxUploads   = 64               // under way in a process
	uploadTime   = 15 * time.Minute // for a whole file
	uploadPause  = 30 * time.Second // between two pieces of it
	maxFileName  = 120              // runes
	megabyte     = 1_000_000
	sniffedBytes = 512
)

// uploads say which files visitors may send.
type uploads struct {
	types []string // such as image/* and application/pdf; none: no files
	size  int64    // bytes
}

func newUploads(c *channels.Config) (*uploads, error) {
	size, err := intOf(c, "upload_size", 1, 100)
	if err != nil {
		return nil, err
	}
	u := &uploads{size: int64(size) * megabyte, types: []string{}}
	for _, t := range c.Lists["uploads"] {
		kind, params, err := mime.ParseMediaType(t)
		main, sub, ok := strings.Cut(kind, "/")
		if err != nil || len(params) > 0 || !ok || main == "*" || sub != "*" && strings.Contains(sub, "*") {
			return nil, fmt.Errorf("uploads: %q is not like image/* or application/pdf", t)
		}
		u.types = append(u.types, kind)
	}
	return u, nil
}

const svg = "image/svg+xml"

// takes reports whether files of a type may be sent. SVG can hold scripts, so it
// has to be named.
func (u *uploads) takes(kind string) bool {
	main, _, _ := strings.Cut(kind, "/")
	return slices.Contains(u.types, kind) || kind != svg && slices.Contains(u.types, main+"/*")
}

// typeOf returns the type of a file that says to be of one and begins with head,
// and whether it may be sent. What it shows to be goes before what it says: a page
// is not a picture by its name.
func (u *uploads) typeOf(declared string, head []byte) (string, bool) {
	declared, _, err := mime.ParseMediaType(declared)
	if err != nil || !u.takes(declared) {
		return "", false
	}
	shows, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch {
	case shows == "application/octet-stream", shows == "text/plain", shows == "application/zip":
		return declared, true // many types begin like that
	case strings.HasPrefix(declared, "audio/") && (shows == "video/mp4" || shows == "video/webm" || shows == "application/ogg"):
		return declared, true // containers without a picture
	}
	return shows, u.takes(shows)
}

func kindOf(mimeType string) channels.MediaKind {
	main, _, _ := strings.Cut(mimeType, "/")
	switch {
	case mimeType == svg:
		return channels.File
	case main == "image":
		return channels.Image
	case main == "audio":
		return channels.Audio
	case main == "video":
		return channels.Video
	}
	return channels.File
}

// fileName returns the name of a Content-Disposition header, without folders and
// what can't be seen.
func fileName(header string) string {
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	name := strings.ToValidUTF8(params["filename"], "")
	name = path.Base("/" + strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '/' {
			return -1 // marks of direction can make an ending look like another
		}
		return r
	}, name)
	if n := utf8.RuneCountInString(name); n > maxFileName { // the ending tells what it is
		name = string([]rune(name)[n-maxFileName:])
	}
	return strings.TrimSpace(name)
}

// putFile keeps a file and tells the bot. A file that comes again under its id,
// after a connection broke, counts once.
func (s *server) putFile(w http.ResponseWriter, r *http.Request) {
	v, ok := s.visitor(w, r, s.uploaded)
	if !ok {
		return
	}
	m := &said{ID: r.PathValue("id")}
	if !isMessageID(m.ID) {
		refuse(w, http.StatusBadRequest, "id", "The id must be 8 to 64 letters of base64url.")
		return
	}
	if r.ContentLength > s.uploads.size {
		s.tooLarge(w)
		return
	}
	select {
	case s.carried <- struct{}{}:
		defer func() { <-s.carried }()
	default:
		s.unavailable(w, 10*time.Second)
		return
	}
	media, ok := s.keep(w, r)
	if !ok {
		return
	}
	event := s.event(v, m, r.Header.Get("Accept-Language"))
	event.Media = []channels.Media{media}
	s.accept(w, r, event)
}

func (s *server) tooLarge(w http.ResponseWriter) {
	refuse(w, http.StatusRequestEntityTooLarge, "upload_size", fmt.Sprintf("The file is larger than %d MB.", s.uploads.size/megabyte))
}

// keep reads the file of a request into the bot's store, or has answered it.
func (s *server) keep(w http.ResponseWriter, r *http.Request) (channels.Media, bool) {
	control := http.NewResponseController(w)
	whole := time.Now().Add(uploadTime)
	// The server's deadlines are for small requests.
	_ = control.SetWriteDeadline(whole.Add(uploadPause)) // not all servers have them
	body := bufio.NewReaderSize(http.MaxBytesReader(w, &pacedBody{r.Body, control, whole}, s.uploads.size), sniffedBytes)
	head, err := body.Peek(sniffedBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		refuse(w, http.StatusBadRequest, "malformed", "The file did not arrive whole.")
		return channels.Media{}, false
	}
	if len(head) == 0 {
		refuse(w, http.StatusBadRequest, "upload_empty", "The file is empty.")
		return channels.Media{}, false
	}
	kind, ok := s.uploads.typeOf(r.Header.Get("Content-Type"), head)
	if !ok {
		refuse(w, http.StatusUnsupportedMediaType, "upload_type", "Files of this type can't be sent.")
		return channels.Media{}, false
	}
	name := fileName(r.Header.Get("Content-Disposition"))
	media, err := s.host.Keep(r.Context(), channels.File{Name: name, MIME: kind, Body: body})
	if err != nil {
		s.notKept(w, r, err)
		return channels.Media{}, false
	}
	media.Kind, media.MIME, media.Name = kindOf(kind), kind, name
	return media, true
}

func (s *server) notKept(w http.ResponseWriter, r *http.Request, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		s.tooLarge(w)
		return
	}
	s.log.WarnContext(r.Context(), "webchat file not kept", "channel", s.name, "error", err)
	retryAfter(w, 2*time.Second)
	refuse(w, http.StatusServiceUnavailable, "unavailable", "The file could not be kept. Please send it again.")
}

// A pacedBody gives each piece of a body some time, and the whole of it a limit.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	whole   time.Time
}

// Read reads the next piece.
func (b *pacedBody) Read(p []byte) (int, error) {
	next := time.Now().Add(uploadPause)
	if next.After(b.whole) {
		next = b.whole
	}
	_ = b.control.SetReadDeadline(next) // not all servers have one
	return b.ReadCloser.Read(p)
}
