package bot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

// BenchmarkMessage is one message from its webhook to the mark of its reply, on
// the store in memory, without a network.
func BenchmarkMessage(b *testing.B) {
	p := &platform{got: make(chan channels.Message, 1024)}
	bot := newTestBot(b, setup{engine: script(echo), channel: p})
	defer stopTestBot(b, bot)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		body := fmt.Sprintf(`[{"kind":"message","account":"acc","conversation":"p%d","text":"hello","dedupe":"%d"}]`, n%1000, n)
		r := httptest.NewRequest(http.MethodPost, "/webhooks/fake", strings.NewReader(body))
		r.Header.Set("X-Secret", webhookSecret)
		w := httptest.NewRecorder()
		bot.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
		<-p.got
		n++
	}
}
