package twilio

import "testing"

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
