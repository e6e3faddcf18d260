package greenapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

func TestSuiteInPullMode(t *testing.T) { channeltest.Run(t, pullSpec()) }

// TestEachModeHasItsOwnAbilities: the bot asks for them by type.
func TestEachModeHasItsOwnAbilities(t *testing.T) {
	pulls, pushes := channeltest.New(t, pullSpec(), ""), channeltest.New(t, spec(), "")
	if _, ok := pulls.(channels.Poller); !ok {
		t.Error("no Poller in pull mode")
	}
	if _, ok := pulls.(channels.Registrar); ok {
		t.Error("a Registrar in pull mode")
	}
	if _, ok := pushes.(channels.Poller); ok {
		t.Error("a Poller in push mode")
	}
	for _, c := range []channels.Channel{pulls, pushes} {
		if _, ok := c.(channels.Checker); !ok {
			t.Errorf("%T is no Checker", c)
		}
	}
}

func TestQueueIsTakenInOrderAndDeletedOnceDurable(t *testing.T) {
	q := newQueue(t, text("1", "one"), text("2", "two"), text("3", "three"))
	p := puller(t, q.URL)
	for _, want := range []string{"one", "two", "three"} {
		_, first := poll(t, p)
		got, again := poll(t, p) // it was not durable: the same head comes again
		if first.Text != want || again.Text != want || first.DedupeID != again.DedupeID {
			t.Fatalf("%q %s, then %q %s, want %q", first.Text, first.DedupeID, again.Text, again.DedupeID, want)
		}
		if err := got.Done(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int64{9007199254740993, 9007199254740994, 9007199254740995}; !slices.Equal(q.deleted, want) {
		t.Errorf("deleted %d, want %d", q.deleted, want)
	}
}

// TestPollWaitsForANotification: it returns as soon as one comes, and nil when
// GREEN-API says that none did.
func TestPollWaitsForANotification(t *testing.T) {
	q := newQueue(t)
	<-q.came
	p := puller(t, q.URL)
	go func() { q.idle <- struct{}{} }()
	if got, err := p.Poll(t.Context()); got != nil || err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	q.answer("receiveNotification", channeltest.JSON(http.StatusOK, ""), channeltest.JSON(http.StatusOK, " null\n"))
	for range 2 {
		if got, err := p.Poll(t.Context()); got != nil || err != nil {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	go q.put(text("1", "at last"))
	if _, e := poll(t, p); e.Text != "at last" {
		t.Errorf("%+v", e)
	}
}

func TestPollReportsWhatTheQueueAnswers(t *testing.T) {
	after := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"receiptId":1,"body":`)
	}
	q := newQueue(t, text("1", "one"))
	p := puller(t, q.URL)
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		kind   channels.ErrorKind
		after  time.Duration
	}{
		{"too many requests", after, channels.ErrRateLimited, 7 * time.Second},
		{"wrong token", channeltest.JSON(401, "Unauthorized"), channels.ErrUnauthorized, 0},
		{"wrong instance", channeltest.JSON(403, "marked/token-of-the-api"), channels.ErrUnauthorized, 0},
		{"starting", channeltest.JSON(400, "instance in starting process try later"), channels.ErrUnavailable, 0},
		{"quota", channeltest.JSON(466, ""), channels.ErrUnauthorized, 0},
		{"bad gateway", channeltest.JSON(502, "<html></html>"), channels.ErrUnavailable, 0},
		{"a page", channeltest.JSON(200, "<html>marked/token-of-the-api</html>"), channels.ErrUnavailable, 0},
		{"a text", channeltest.JSON(200, `"x"`), channels.ErrUnavailable, 0},
		{"a number", channeltest.JSON(200, `1`), channels.ErrUnavailable, 0},
		{"an array", channeltest.JSON(200, `[]`), channels.ErrUnavailable, 0},
		{"an object", channeltest.JSON(200, `{}`), channels.ErrUnavailable, 0},
		{"no receipt", channeltest.JSON(200, `{"body":{"a":[{"receiptId":1}]}}`), channels.ErrUnavailable, 0},
		{"a receipt of null", channeltest.JSON(200, `{"receiptId":null}`), channels.ErrUnavailable, 0},
		{"a receipt that is a path", channeltest.JSON(200, `{"receiptId":"1/../2"}`), channels.ErrUnavailable, 0},
		{"a receipt with a fraction", channeltest.JSON(200, `{"receiptId":1.5}`), channels.ErrUnavailable, 0},
		{"a negative receipt", channeltest.JSON(200, `{"receiptId":-1}`), channels.ErrUnavailable, 0},
		{"long, without a receipt", channeltest.JSON(200, strings.Repeat("x", 3<<20)), channels.ErrUnavailable, 0},
		{"cut off", cut, channels.ErrUnavailable, 0},
	} {
		q.answer("receiveNotification", c.answer)
		got, err := p.Poll(t.Context())
		if got != nil {
			t.Errorf("%s: %+v", c.name, got)
		}
		if e := fails(t, err, c.kind); e.RetryAfter != c.after {
			t.Errorf("%s: again after %v, want %v", c.name, e.RetryAfter, c.after)
		}
	}
	if _, e := poll(t, p); e.Text != "one" {
		t.Errorf("then %+v", e)
	}
}

// TestPoisonedHeadDoesNotBlockTheQueue: whatever the head is like, it becomes an
// event that a store takes, and is deleted.
func TestPoisonedHeadDoesNotBlockTheQueue(t *testing.T) {
	unread := func(s string) string {
		return `{"typeWebhook":"x","instanceData":{"idInstance":9007199254740993},"a":"` + s + `"}`
	}
	another := func(s string) string { return strings.Replace(s, "9007199254740993", "9007199254740992", 1) }
	deep := strings.Repeat("[", 500) + strings.Repeat("]", 500)
	for name, c := range map[string]struct {
		raw  string
		kind channels.Kind
	}{
		"no body":          {`{"receiptId":%d}`, channels.KindUnknown},
		"null":             {`{"receiptId":%d,"body":null}`, channels.KindUnknown},
		"a text":           {`{"receiptId":%d,"body":"x"}`, channels.KindUnknown},
		"an array":         {`{"receiptId":%d,"body":[1]}`, channels.KindUnknown},
		"another instance": {`{"receiptId":%d,"body":` + another(text("1", "x")) + `}`, channels.KindUnknown},
		"another instance's, too large": {
			`{"receiptId":%d,"body":` + another(text("1", strings.Repeat("x", 40_000))) + `}`, channels.KindUnknown,
		},
		"receipt at the end": {`{"body":` + text("1", "x") + `,"receiptId":%d}`, channels.KindMessage},
		"nested deeply":      {`{"receiptId":%d,"body":` + deep + `}`, channels.KindUnknown},
		"not understood":     {`{"receiptId":%d,"body":` + unread("x") + `}`, channels.KindUnknown},
		"not UTF-8":          {`{"receiptId":%d,"body":` + unread("\xff\xfe") + `}`, channels.KindUnknown},
		"too large to keep":  {`{"receiptId":%d,"body":` + unread(strings.Repeat("x", 40_000)) + `}`, channels.KindUnknown},
		"escaped too large":  {`{"receiptId":%d,"body":` + unread(strings.Repeat("<", 20_000)) + `}`, channels.KindUnknown},
		"a long text":        {`{"receiptId":%d,"body":` + text("1", strings.Repeat("é<", 100_000)) + `}`, channels.KindMessage},
		"a long id":          {`{"receiptId":%d,"body":` + text(strings.Repeat("1", 100_000), "x") + `}`, channels.KindUnknown},
		"too long to read":   {`{"receiptId":%d,"body":` + unread(strings.Repeat("x", 3<<20)) + `}`, channels.KindUnknown},
		"too long, receipt at the end": {
			`{"body":` + unread(strings.Repeat("x", 3<<20)) + `,"receiptId":%d}`, channels.KindUnknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			q.putRaw(c.raw)
			q.put(text("2", "behind"))
			p := puller(t, q.URL)
			got, e := poll(t, p)
			if e.Kind != c.kind {
				t.Errorf("kind %s, want %s", e.Kind, c.kind)
			}
			if e.Kind == channels.KindUnknown && (len(e.Raw) == 0 || len(e.Raw) > 32<<10) {
				t.Errorf("%d bytes of payload", len(e.Raw))
			}
			b, err := json.Marshal(e)
			if err != nil || len(b) > 60<<10 {
				t.Errorf("%d bytes, %v", len(b), err)
			}
			if cut := strings.Contains(name, "large") || strings.Contains(name, "long"); cut && (e.Text == "" || len(e.Data) == 0) {
				t.Errorf("does not say that it was too large: %+v", e)
			}
			if err := got.Done(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, e := poll(t, p); e.Text != "behind" {
				t.Errorf("then %+v", e)
			}
		})
	}
}

// TestBrokenHeadIsAskedForAgain: it may have been cut on the way. One that stays
// broken is kept as it is.
func TestBrokenHeadIsAskedForAgain(t *testing.T) {
	whole := text("1", "whole after all")
	q := newQueue(t, whole)
	q.answer("receiveNotification", channeltest.JSON(200, `{"receiptId":9007199254740993,"body":`+whole[:50]))
	p := puller(t, q.URL)
	_, err := p.Poll(t.Context())
	fails(t, err, channels.ErrUnavailable)
	got, e := poll(t, p)
	if e.Text != "whole after all" {
		t.Fatalf("%+v", e)
	}
	if err := got.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	q.putRaw(`{"receiptId":%d,"body":{"a":`)
	q.put(text("3", "behind"))
	for range 3 {
		_, err := p.Poll(t.Context())
		fails(t, err, channels.ErrUnavailable)
	}
	got, e = poll(t, p)
	if e.Kind != channels.KindUnknown || string(e.Raw) != `"{\"receiptId\":9007199254740994,\"body\":{\"a\":"` {
		t.Errorf("%+v %s", e, e.Raw)
	}
	if err := got.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, e := poll(t, p); e.Text != "behind" {
		t.Errorf("then %+v", e)
	}
}

// TestLongBrokenHeadIsCut: it fits into a store like any other.
func TestLongBrokenHeadIsCut(t *testing.T) {
	q := newQueue(t)
	q.putRaw(`{"receiptId":%d,"body":"` + strings.Repeat("\xff", 100_000))
	p := puller(t, q.URL)
	for range 3 {
		_, err := p.Poll(t.Context())
		fails(t, err, channels.ErrUnavailable)
	}
	got, e := poll(t, p)
	if e.Kind != channels.KindUnknown || len(e.Raw) > 32<<10 || got.Done(t.Context()) != nil {
		t.Errorf("%d bytes of payload", len(e.Raw))
	}
}

// TestSameNewsTwiceIsTwoEvents: what has no id is told by its receipt, which a
// copy of it has too.
func TestSameNewsTwiceIsTwoEvents(t *testing.T) {
	const news = `{"typeWebhook":"quotaExceeded","instanceData":{"idInstance":9007199254740993},"quotaData":{"status":"X_EXCEEDED"}}`
	q := newQueue(t, news, news)
	p := puller(t, q.URL)
	_, first := poll(t, p)
	got, copied := poll(t, p)
	if err := got.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, second := poll(t, p); first.Kind != channels.KindChannel || first.DedupeID != copied.DedupeID || first.DedupeID == second.DedupeID {
		t.Errorf("%s, copied %s, then %s", first.DedupeID, copied.DedupeID, second.DedupeID)
	}
}
