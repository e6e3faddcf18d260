package bot

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

// TestArrivalsAreToldEitherWay: within the process, and through the socket.
func TestArrivalsAreToldEitherWay(t *testing.T) {
	dir := t.TempDir()
	b := runOn(t, dir)
	took := channels.Event{Kind: channels.KindMessage, Channel: "fake", Conversation: "ann", Sender: channels.Sender{ID: "7", FirstName: "Ann"}, Text: "hi"}
	if err := b.Deliver(t.Context(), took); err != nil {
		t.Fatal(err)
	}
	if err := b.Deliver(t.Context(), channels.Event{Kind: channels.KindReaction, Channel: "fake", Conversation: "ann"}); err != nil {
		t.Fatal(err)
	}
	for name, op := range map[string]*Operator{"inside": b.Operator(), "socket": operatorOn(t, Options{State: "file:" + dir})} {
		a, err := op.Arrivals(t.Context(), "fake")
		if err != nil || !a.On || a.Messages != 1 || a.From != "Ann" || a.At.IsZero() || a.Others != 1 || a.Other != "reaction" {
			t.Errorf("%s: %+v %v", name, a, err)
		}
		if a, err := op.Arrivals(t.Context(), "other"); err != nil || a != (Arrivals{}) {
			t.Errorf("%s, a channel that is not there: %+v %v", name, a, err)
		}
	}
	stopTestBot(t, b)
	if _, err := operatorOn(t, Options{State: "file:" + dir}).Arrivals(t.Context(), "fake"); !errors.Is(err, ErrNotRunning) {
		t.Errorf("with no bot: %v", err)
	}
}

// TestRefusalsAreTold, with the status and the reason, and nothing of what was posted.
func TestRefusalsAreTold(t *testing.T) {
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform()})
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", strings.NewReader("[]"))
		r.Header.Set("X-Secret", "guessed")
		b.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	a, err := b.Operator().Arrivals(t.Context(), "fake")
	if want := (Arrivals{On: true, Refused: 2, Refusal: "401: wrong secret"}); err != nil || a != want {
		t.Errorf("%+v %v, want %+v", a, err, want)
	}
}

// TestRegistrationIsTold: where webhooks go now.
func TestRegistrationIsTold(t *testing.T) {
	r := &registrar{asked: make(chan string, 10)}
	b := startTestBot(t, setup{engine: script(echo), channel: r, public: "https://bot.example.com"})
	<-r.asked
	stopTestBot(t, b) // which waits for what still registers
	a, err := b.Operator().Arrivals(t.Context(), "fake")
	if err != nil || a.Webhook != "https://bot.example.com/webhooks/fake" || !a.Changed || a.Unregistered != "" {
		t.Errorf("%+v %v", a, err)
	}
}
