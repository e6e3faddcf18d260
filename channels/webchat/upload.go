package webchat

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// How much a visitor and all of them may send at a time.
const (
	uploadBurst = 10
	uploadEvery = 5 * time.Second
	maxUploads  = 64               // under way in a process
	maxOwn      = 3                // of those, of one visitor
	uploadTime  = 15 * time.Minute // for a whole file
	uploadPause = 30 * time.Second // between two pieces of it
	megabyte    = 1_000_000
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

// svg is a picture that can hold scripts.
const svg = "image/svg+xml"

// takes reports whether files of a type may be sent. SVG has to be named.
func (u *uploads) takes(kind string) bool {
	main, _, _ := strings.Cut(kind, "/")
	return slices.Contains(u.types, kind) || kind != svg && slices.Contains(u.types, main+"/*")
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
	if len(s.uploads.types) == 0 {
		wrongType(w)
		return
	}
	if r.ContentLength > s.uploads.size {
		tooLarge(w, s.uploads.size)
		return
	}
	if !s.carried.enter(v.conversation) {
		s.unavailable(w, 10*time.Second)
		return
	}
	defer s.carried.leave(v.conversation)
	media, ok := s.keep(w, r, v.conversation)
	if !ok {
		return
	}
	event := s.event(v, m, r.Header.Get("Accept-Language"))
	event.Media = []channels.Media{media}
	s.accept(w, r, event)
}

func tooLarge(w http.ResponseWriter, most int64) {
	refuse(w, http.StatusRequestEntityTooLarge, "upload_size", fmt.Sprintf("The file is larger than %d MB.", max(1, most/megabyte)))
}

func wrongType(w http.ResponseWriter) {
	refuse(w, http.StatusUnsupportedMediaType, "upload_type", "Files of this type can't be sent.")
}

// keep reads the file of a request into the bot's store, or has answered it. The
// store finds out what the file is; what the browser says of it is a hint.
func (s *server) keep(w http.ResponseWriter, r *http.Request, conversation string) (channels.Media, bool) {
	control := http.NewResponseController(w)
	whole := time.Now().Add(uploadTime)
	// The server's deadlines are for small requests.
	_ = control.SetWriteDeadline(whole.Add(uploadPause)) // not all servers have them
	body := bufio.NewReader(http.MaxBytesReader(w, &pacedBody{r.Body, control, whole}, s.uploads.size))
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		refuse(w, http.StatusBadRequest, "upload_empty", "The file is empty.")
		return channels.Media{}, false
	}
	media, err := s.host.Keep(r.Context(), s.name, conversation, channels.Upload{
		Name: fileName(r.Header.Get("Content-Disposition")), MIME: r.Header.Get("Content-Type"), Body: body,
		Takes: s.uploads.takes,
	})
	if err != nil {
		s.notKept(w, r, err)
		return channels.Media{}, false
	}
	return media, true
}

// fileName returns the name of a Content-Disposition header; the host makes it safe.
func fileName(header string) string {
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(params["filename"], ""))
}

func (s *server) notKept(w http.ResponseWriter, r *http.Request, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		tooLarge(w, s.uploads.size)
		return
	}
	if refused, ok := errors.AsType[*channels.MediaError](err); ok {
		if refused.Status == http.StatusRequestEntityTooLarge {
			tooLarge(w, refused.MaxSize)
		} else {
			wrongType(w)
		}
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
