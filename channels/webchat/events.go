package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// pageSize is how many entries of the history are read at a time.
const pageSize = 50

// pace is how often a stream does what it does.
type pace struct {
	look      time.Duration // at the history, since hints may be lost
	heartbeat time.Duration // a comment, so that both sides notice a dead line
	reset     time.Duration // looks whether the history was erased
	write     time.Duration // the longest that a write may take
}

// A stream is one open page.
type stream struct {
	*server
	conversation string
	after        uint64
	replaced     chan struct{} // closed when a newer stream takes its place
	typing       chan struct{} // has a value when the bot is about to say something
	until        time.Time     // when the visitor's token ends; zero: never
	w            http.ResponseWriter
	control      *http.ResponseController
}

func (s *server) getEvents(w http.ResponseWriter, r *http.Request) {
	v, ok := s.visitor(w, r, s.opened)
	if !ok {
		return
	}
	after, err := startAfter(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "after", "after and Last-Event-ID are numbers of entries.")
		return
	}
	st := &stream{
		server: s, conversation: v.conversation, after: after, replaced: make(chan struct{}), typing: make(chan struct{}, 1),
		w: w, control: http.NewResponseController(w),
	}
	if v.person != nil {
		st.until = v.person.until
	}
	if !s.streams.add(st) {
		s.unavailable(w, 10*time.Second)
		return
	}
	defer s.streams.remove(st)
	err = st.run(r.Context(), s.streams.ended(r))
	if err != nil && r.Context().Err() == nil {
		s.log.DebugContext(r.Context(), "webchat stream ended", "channel", s.name, "error", err)
	}
}

func (s *server) unavailable(w http.ResponseWriter, wait time.Duration) {
	retryAfter(w, wait)
	refuse(w, http.StatusServiceUnavailable, "unavailable", "The chat is not available right now.")
}

// startAfter returns the number of the last entry that the page has.
func startAfter(r *http.Request) (uint64, error) {
	s := r.Header.Get("Last-Event-ID")
	if s == "" {
		s = r.URL.Query().Get("after")
	}
	if s == "" {
		return 0, nil
	}
	return strconv.ParseUint(s, 10, 64)
}

// run sends until somebody ends it. The watch begins before the first look, so
// that nothing falls between them. A history that can't be read ends the stream:
// the page asks again, each time later.
func (st *stream) run(ctx context.Context, end <-chan struct{}) error {
	hints, done := st.host.Watch(st.name, st.conversation)
	defer done()
	first, err := st.page(ctx)
	if err != nil {
		st.unavailable(st.w, 2*time.Second)
		return err
	}
	if err := st.begin(); err != nil {
		return err
	}
	if len(first) == 0 {
		if err := st.noticeReset(ctx); err != nil {
			return err
		}
	}
	if err := st.send(first); err != nil {
		return err
	}
	if err := st.catchUp(ctx); err != nil {
		return err
	}
	if err := st.write([]byte("event: live\ndata: {}\n\n")); err != nil {
		return err // the page knows now that it has all of the past
	}
	return st.follow(ctx, hints, end)
}

// follow sends what is new.
func (st *stream) follow(ctx context.Context, hints, end <-chan struct{}) (err error) {
	look, heartbeat, reset := time.NewTicker(st.pace.look), time.NewTicker(st.pace.heartbeat), time.NewTicker(st.pace.reset)
	defer look.Stop()
	defer heartbeat.Stop()
	defer reset.Stop()
	var expired <-chan time.Time
	if !st.until.IsZero() {
		timer := time.NewTimer(st.until.Sub(st.now()))
		defer timer.Stop()
		expired = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return nil
		case <-expired:
			return nil // the page comes back, with another token or none
		case <-st.typing:
			err = st.write([]byte("event: typing\ndata: {}\n\n"))
		case <-st.replaced:
			return st.write([]byte("event: replaced\ndata: {}\n\n"))
		case _, open := <-hints:
			if !open {
				return nil // the host closes
			}
			err = st.catchUp(ctx)
		case <-look.C:
			err = st.catchUp(ctx)
		case <-reset.C:
			err = st.noticeReset(ctx)
		case <-heartbeat.C:
			err = st.write([]byte(":\n\n"))
		}
		if err != nil {
			return err
		}
	}
}

// begin answers, which tells the page that it is connected, and asks proxies not
// to gather entries in a buffer.
func (st *stream) begin() error {
	h := st.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	return st.write([]byte(":\n\n"))
}

// page reads what the history has beyond the last entry that was sent.
func (st *stream) page(ctx context.Context) ([]channels.Entry, error) {
	page, err := st.host.History(ctx, st.name, st.conversation, st.after, pageSize)
	if err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	return page, nil
}

// catchUp sends all of the history that was not sent.
func (st *stream) catchUp(ctx context.Context) error {
	for {
		page, err := st.page(ctx)
		if err != nil {
			return err
		}
		if err := st.send(page); err != nil {
			return err
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// noticeReset begins at the start again when the history does: somebody had the
// conversation forgotten, so that numbers were given anew. The newest entry is
// there as long as nothing newer is.
func (st *stream) noticeReset(ctx context.Context) error {
	if st.after == 0 {
		return nil
	}
	newest, err := st.host.History(ctx, st.name, st.conversation, st.after-1, 1)
	if err != nil {
		return fmt.Errorf("reading the history: %w", err)
	}
	if len(newest) > 0 {
		return nil
	}
	st.after = 0
	if err := st.write([]byte("event: reset\ndata: {}\n\n")); err != nil {
		return err
	}
	return st.catchUp(ctx)
}

// send writes a page. Entries that are not shown only move the stream on.
func (st *stream) send(page []channels.Entry) error {
	var lines []byte
	for i := range page {
		number := page[i].Number
		if number <= st.after {
			continue // sent before
		}
		st.after = number
		shown, ok := visible(&page[i])
		if !ok {
			continue
		}
		data, err := json.Marshal(shown)
		if err != nil {
			return fmt.Errorf("encoding entry %d: %w", number, err)
		}
		lines = fmt.Appendf(lines, "id: %d\ndata: %s\n\n", number, data)
	}
	if len(lines) == 0 {
		return nil
	}
	return st.write(lines)
}

// write sends at once. Each write has its own deadline: the server's is for
// whole answers, and this one never ends.
func (st *stream) write(lines []byte) error {
	err := st.control.SetWriteDeadline(time.Now().Add(st.pace.write))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("extending the deadline: %w", err)
	}
	if _, err := st.w.Write(lines); err != nil {
		return fmt.Errorf("writing events: %w", err)
	}
	if err := st.control.Flush(); err != nil {
		return fmt.Errorf("writing events: %w", err)
	}
	return nil
}
