package inspect_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot/inspect"
)

// TestReplaysAreByteForByteAndInOrder.
func TestReplaysAreByteForByteAndInOrder(t *testing.T) {
	b, _ := loadBot(t)
	bot := newTarget(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	r := start(t, b, "")
	sent := []call{telegram(1000123, "one"), mmp(), whatsapp(), telegram(1000124, "two")}
	for _, c := range sent {
		r.send(c)
	}
	to, err := url.Parse(bot.URL)
	if err != nil {
		t.Fatal(err)
	}
	for n, rec := range r.log.Records() {
		again, err := r.in.Replay(t.Context(), rec, inspect.Replay{To: to})
		if err != nil {
			t.Fatal(err)
		}
		if again.ReplayOf != rec.N || again.N != int64(len(sent)+n+1) || again.Answer.Status != http.StatusAccepted || again.Signature != inspect.SignatureOK {
			t.Errorf("the replay of %d is kept as %+v", rec.N, again)
		}
	}
	got := bot.arrived()
	if len(got) != len(sent) {
		t.Fatalf("%d arrived", len(got))
	}
	for n, c := range sent {
		if got[n].uri != c.path || got[n].body != c.body || got[n].host != strings.TrimPrefix(r.url, "http://") {
			t.Errorf("number %d arrived as %+v", n, got[n])
		}
		for name, value := range c.header {
			if got[n].header.Get(name) != value {
				t.Errorf("number %d: %s is %q", n, name, got[n].header.Get(name))
			}
		}
	}
	// A replay of a replay is one of the first.
	again, err := r.in.Replay(t.Context(), r.last(), inspect.Replay{})
	if err != nil || again.ReplayOf != 4 || again.Answer.Status != http.StatusOK {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestOldSignaturesAreRefusedInAReplay, since those of Slack cover the time, unless
// they are made anew.
func TestOldSignaturesAreRefusedInAReplay(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, "")
	old := slack(time.Now().Add(-time.Hour))
	r.send(old)
	first := r.last()
	again, err := r.in.Replay(t.Context(), first, inspect.Replay{})
	if err != nil || again.Signature != inspect.SignatureFailed || again.Answer.Status != http.StatusUnauthorized {
		t.Errorf("%+v, %v", again, err)
	}
	again, err = r.in.Replay(t.Context(), first, inspect.Replay{Resign: true})
	if err != nil || again.Signature != inspect.SignatureOK || again.Answer.Status != http.StatusOK || string(again.Request.Body) != old.body {
		t.Errorf("%+v, %v", again, err)
	}
	// What was signed is not what was kept.
	if kept := r.log.Get(first.N); kept.Request.Header["X-Slack-Signature"][0] != inspect.Text(old.header["X-Slack-Signature"]) {
		t.Errorf("%+v", kept.Request.Header)
	}
	r.send(call{path: "/webhooks/nobody"})
	if _, err := r.in.Replay(t.Context(), r.last(), inspect.Replay{Resign: true}); err == nil || !strings.Contains(err.Error(), "no channel reads it") {
		t.Errorf("one of no channel: %v", err)
	}
}

// TestFreshReplaysAreOtherMessagesOfTheSamePeople, and a bot takes them as new.
func TestFreshReplaysAreOtherMessagesOfTheSamePeople(t *testing.T) {
	b, _ := loadBot(t)
	r := start(t, b, realBot(t))
	for _, c := range []call{telegram(1000123, "one"), mmp(), whatsapp(), slack(time.Now())} {
		r.send(c)
		first := r.last()
		seen := map[string]bool{first.Events[0].DedupeID: true}
		for range 5 {
			again, err := r.in.Replay(t.Context(), first, inspect.Replay{Fresh: true})
			if err != nil {
				t.Fatal(err)
			}
			e, was := again.Events[0], first.Events[0]
			if seen[e.DedupeID] || e.Conversation != was.Conversation || e.Sender != was.Sender || e.Text != was.Text ||
				again.Signature != inspect.SignatureOK || again.Answer.Status != http.StatusOK {
				t.Errorf("%s: %+v, answered %d, is a fresh replay of %+v", c.path, e, again.Answer.Status, was)
			}
			seen[e.DedupeID] = true
		}
	}
	before := len(r.log.Records())
	r.send(call{method: "GET", path: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token=" + verifyToken})
	if _, err := r.in.Replay(t.Context(), r.last(), inspect.Replay{Fresh: true}); err == nil || !strings.Contains(err.Error(), "can't be made fresh") {
		t.Errorf("a handshake: %v", err)
	}
	if n := len(r.log.Records()); n != before+1 {
		t.Errorf("%d are kept", n)
	}
}
