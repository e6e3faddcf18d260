package twilio

import (
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
)

func TestMessagingIsAtTheHostOfTheRegion(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.twilio.com":                "https://messaging.twilio.com",
		"https://api.dublin.ie1.twilio.com":     "https://messaging.dublin.ie1.twilio.com",
		"https://api.nottwilio.com":             "https://api.nottwilio.com",
		"https://api.twilio.com.example.test":   "https://api.twilio.com.example.test",
		"http://127.0.0.1:8081/twilio":          "http://127.0.0.1:8081/twilio",
		"https://proxy.example.test/api.twilio": "https://proxy.example.test/api.twilio",
	} {
		if got := messagingURL(api); got != want {
			t.Errorf("%s: %s, want %s", api, got, want)
		}
	}
}

// TestSetupIsForWhatRegisterDoesNotDo: other services, and register: false.
func TestSetupIsForWhatRegisterDoesNotDo(t *testing.T) {
	for from, want := range map[string]bool{"+15557122661": false, "12345": false, "whatsapp:+15557122661": false, "rcs:brand": true, "Shop": true} {
		for _, register := range []string{"true", "false"} {
			text := setup(&channels.Config{Values: map[string]string{"from": from, "register": register}})
			if says := strings.Contains(text, "{webhook}#rc=5"); says != (want || register == "false") {
				t.Errorf("%s, register: %s: %q", from, register, text)
			}
		}
	}
}
