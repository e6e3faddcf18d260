package greenapi

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestSettingsAreComparedUntilTheyAreRight: not at once after a failure, and never
// again after a success.
func TestSettingsAreComparedUntilTheyAreRight(t *testing.T) {
	fail := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if fail {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, `{"webhookUrl":"","incomingWebhook":"yes","outgoingWebhook":"yes"}`)
	}))
	defer server.Close()
	p := &Puller{channel: &Channel{apiURL: server.URL, instance: "12", token: "t", http: server.Client()}, log: slog.New(slog.DiscardHandler)}
	p.prepare(t.Context())
	now := time.Now()
	if p.mayPrepare(now) {
		t.Error("asks again at once")
	}
	if !p.mayPrepare(now.Add(2 * settingsPause)) {
		t.Error("does not ask again")
	}
	fail, p.askAgain = false, time.Time{}
	p.prepare(t.Context())
	if p.mayPrepare(now.Add(24 * time.Hour)) {
		t.Error("asks again though the settings are right")
	}
}
