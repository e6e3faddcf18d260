package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/webhook"
)

// puller makes a channel that asks a queue.
func puller(t *testing.T, s channeltest.Spec, apiURL string) *webhook.Puller {
	t.Helper()
	s = with(s, map[string]string{"mode": "pull"})
	p, ok := channeltest.New(t, s, apiURL).(*webhook.Puller)
	if !ok {
		t.Fatal("not a puller")
	}
	return p
}

// take polls until n events came, and tells that they are durable.
func take(t *testing.T, p *webhook.Puller, n int) []channels.Event {
	t.Helper()
	var out []channels.Event
	for range 2*n + 2 {
		got, err := p.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got != nil {
			out = append(out, got.Events...)
			if err := got.Done(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(out) >= n {
			return out
		}
	}
	t.Fatalf("%d events, want %d", len(out), n)
	return nil
}

// A line is a queue of GREEN-API: its head comes again until it is deleted.
type line struct {
	mu      sync.Mutex
	bodies  []json.RawMessage
	deleted []string
}

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	receipt := fmt.Sprint(9007199254740993 + len(l.deleted))
	switch {
	case strings.HasPrefix(r.URL.Path, "/waInstance9007199254740993/receiveNotification/") && len(l.bodies) == 0:
		channeltest.JSON(200, "null")(w, r)
	case strings.Contains(r.URL.Path, "/receiveNotification/"):
		channeltest.JSON(200, fmt.Sprintf(`{"receiptId":%s,"body":%s}`, receipt, l.bodies[0]))(w, r)
	case strings.HasSuffix(r.URL.Path, "/"+receipt) && strings.Contains(r.URL.Path, "/deleteNotification/"):
		l.bodies, l.deleted = l.bodies[1:], append(l.deleted, receipt)
		channeltest.JSON(200, `{"result":true}`)(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestGreenapiIsPulledAsItIsPushed: the events of the queue are those of webhooks.
func TestGreenapiIsPulledAsItIsPushed(t *testing.T) {
	b := greenapiCase()
	var want []channels.Event
	l := &line{}
	for _, name := range []string{"text", "status_read", "image", "poll_vote", "unknown_type", "button_reply"} {
		body := read(t, b.from+"/inbound/"+name+".json")
		l.bodies = append(l.bodies, body)
		want = append(want, events(t, b.spec, b.spec.Request(body))...)
	}
	api := channeltest.NewFakeAPI(t, l.ServeHTTP)
	p := puller(t, b.spec, api.URL)
	got := take(t, p, len(want))
	for i := range want {
		if got[i].Kind != want[i].Kind || got[i].ID != want[i].ID || got[i].Conversation != want[i].Conversation ||
			want[i].ID != "" && got[i].DedupeID != want[i].DedupeID {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	if len(l.deleted) != len(want) || l.deleted[0] != "9007199254740993" {
		t.Errorf("deleted %v", l.deleted)
	}
	if got, err := p.Poll(t.Context()); got != nil || err != nil {
		t.Errorf("an empty queue gives %+v, %v", got, err)
	}
}

func TestAHeadStaysUntilItIsDurable(t *testing.T) {
	b := greenapiCase()
	l := &line{bodies: []json.RawMessage{read(t, b.from+"/inbound/text.json")}}
	p := puller(t, b.spec, channeltest.NewFakeAPI(t, l.ServeHTTP).URL)
	for range 2 {
		got, err := p.Poll(t.Context())
		if err != nil || len(got.Events) != 1 || got.Events[0].Text != "menu" {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if len(l.deleted) > 0 {
		t.Error("deleted before it was durable")
	}
}

func polled(changes map[string]string) channeltest.Spec {
	s := plain(map[string]string{
		"poll": "GET /updates?after={cursor}&key={api_key}", "poll_cursor": "$.next", "poll_start": "10", "poll_interval": "0",
	})
	s.Lists["poll_items"] = []string{"updates[*]"}
	return with(s, changes)
}

// TestTheCursorMovesOnceEventsAreDurable, and not before.
func TestTheCursorMovesOnceEventsAreDurable(t *testing.T) {
	var asked []string
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		after := r.URL.Query().Get("after")
		asked = append(asked, after)
		channeltest.JSON(200, map[string]string{
			"10": `{"next":12,"updates":[{"id":11,"from":"p","body":"one"},{"id":12,"from":"p","poll":{}}]}`, "12": `{"next":12,"updates":[]}`,
		}[after])(w, r)
	})
	p := puller(t, polled(nil), api.URL)
	first, err := p.Poll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Poll(t.Context())
	if err != nil || len(again.Events) != 2 || again.Events[0].DedupeID != first.Events[0].DedupeID {
		t.Fatalf("%+v, %v", again, err)
	}
	if again.Events[0].Kind != channels.KindMessage || again.Events[1].Kind != channels.KindUnknown {
		t.Errorf("%+v", again.Events)
	}
	if err := again.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Poll(t.Context()); got != nil || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if !slices.Equal(asked, []string{"10", "10", "12"}) {
		t.Errorf("asked after %v", asked)
	}
}

func TestQueuesThatFailAreAskedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   channels.ErrorKind
	}{
		"HTML": {200, "<html></html>", channels.ErrUnavailable}, "cut": {200, `{"upda`, channels.ErrUnavailable},
		"too long": {200, `"` + strings.Repeat("x", 2<<20) + `"`, channels.ErrUnavailable}, "down": {503, "", channels.ErrUnavailable},
		"wrong key": {401, "", channels.ErrUnauthorized},
	} {
		s := polled(nil)
		_, err := puller(t, s, channeltest.NewFakeAPI(t, channeltest.JSON(c.status, c.body)).URL).Poll(t.Context())
		if channels.KindOf(err) != c.kind || strings.Contains(err.Error(), s.Settings["api_key"]) || strings.Contains(err.Error(), "http://") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, body := range []string{"", "null", "{}", `{"updates":[]}`, `{"updates":null}`} {
		got, err := puller(t, polled(nil), channeltest.NewFakeAPI(t, channeltest.JSON(200, body)).URL).Poll(t.Context())
		if got != nil || err != nil {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

// TestWhatIsDeletedAndComesAgainIsAnError, so that it is in the log; a receipt that
// is gone is not.
func TestWhatIsDeletedAndComesAgainIsAnError(t *testing.T) {
	s := polled(map[string]string{"poll": "GET /updates", "poll_cursor": "", "poll_receipt": "receipt", "poll_done": "DELETE /updates/{receipt}"})
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		channeltest.JSON(200, `{"updates":[{"id":1,"from":"p","body":"x","receipt":"r/1"}]}`)(w, r)
	})
	p := puller(t, s, api.URL)
	for i, want := range []channels.ErrorKind{"", channels.ErrUnavailable} {
		got, err := p.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err = got.Done(t.Context()); want == "" && err != nil || want != "" && channels.KindOf(err) != want {
			t.Errorf("%d: %v", i, err)
		}
	}
	if path := api.Sent()[1].Path; path != "/updates/r%2F1" {
		t.Errorf("deleted %s", path)
	}
}

// TestThePauseEndsWithTheContext: an answer without events is followed by one.
func TestThePauseEndsWithTheContext(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(200, `{"updates":[]}`))
	p := puller(t, polled(map[string]string{"poll_interval": "60"}), api.URL)
	if got, err := p.Poll(t.Context()); got != nil || err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Poll(ctx); err == nil || len(api.Sent()) != 1 {
		t.Errorf("%v, %d requests", err, len(api.Sent()))
	}
}

func TestAPullerRefusesWebhooksAndSends(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(200, `{}`))
	p := puller(t, polled(nil), api.URL)
	_, err := p.Receive(t.Context(), post(hi))
	if e, ok := err.(*channels.RequestError); !ok || e.Status != http.StatusMethodNotAllowed {
		t.Errorf("%v", err)
	}
	if _, err := p.Send(t.Context(), &channels.Message{Conversation: "p", Text: "x"}); err != nil {
		t.Error(err)
	}
	if line, err := p.Check(t.Context()); err != nil || line == "" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestQueuesHaveAWayOn(t *testing.T) {
	for want, changes := range map[string]map[string]string{
		`"poll" is missing`:                      {"poll": ""},
		`"poll_cursor" is missing`:               {"poll_cursor": ""},
		`"poll_receipt" is missing`:              {"poll_done": "DELETE /u/{receipt}"},
		`"poll" has no {cursor}`:                 {"poll": "GET /u"},
		`"poll" has a path that is wrong at`:     {"poll": "GET /u/{receipt}"},
		`"poll_interval" is a whole number from`: {"poll_interval": "61"},
		`"poll_cursor" at column 3`:              {"poll_cursor": "a."},
	} {
		s := with(polled(changes), map[string]string{"mode": "pull"})
		_, err := s.Factory.New(&channels.Config{Name: "x", Values: s.Settings, Lists: s.Lists})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
