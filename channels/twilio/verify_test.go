package twilio_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"

	"github.com/parley-chat/parley/channels"
)

// TestTheSignatureOfTwilioIsTaken checks the example that Twilio's own libraries test
// with: github.com/twilio/twilio-python, tests/unit/test_request_validator.py.
func TestTheSignatureOfTwilioIsTaken(t *testing.T) {
	s := with(spec(), map[string]string{"auth_token": "12345"})
	body := url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}, "Caller": {"+14158675309"},
	}
	r := s.Request([]byte(body.Encode()))
	r.URL = &url.URL{Scheme: "https", Host: "mycompany.com", Path: "/myapp.php", RawQuery: "foo=1&bar=2"}
	r.Header.Set("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
	got, err := channel(t, s, "").Receive(t.Context(), r)
	if err != nil || got.Events[0].Kind != channels.KindCall {
		t.Fatalf("%+v, %v", got, err)
	}
}

// TestTheOtherSignaturesOfTwilioAreTaken checks the rest of the same file: with a port,
// fields that come twice, and a body of JSON.
func TestTheOtherSignaturesOfTwilioAreTaken(t *testing.T) {
	const call = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
	const digest = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
	for name, c := range map[string]struct{ address, body, kind, signature string }{
		"another port":   {"https://mycompany.com:1234/myapp.php?foo=1&bar=2", call, "", "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
		"that port":      {"http://mycompany.com:1234/myapp.php?foo=1&bar=2", call, "", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="},
		"port 443":       {"https://mycompany.com/myapp.php?foo=1&bar=2", call, "", "kvajT1Ptam85bY51eRf/AJRuM3w="},
		"port 80":        {"http://mycompany.com/myapp.php?foo=1&bar=2", call, "", "0ZXoZLH/DfblKGATFgpif+LLRf4="},
		"a field, twice": {"https://mycompany.com/myapp.php?foo=1&bar=2", "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234", "", "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
		"a body of JSON": {"https://mycompany.com/myapp.php?foo=1&bar=2&" + digest, `{"property": "value", "boolean": true}`, "application/json", "a9nBmqA0ju/hNViExpshrM61xv4="},
	} {
		t.Run(name, func(t *testing.T) {
			s := with(spec(), map[string]string{"auth_token": "12345"})
			r := s.Request([]byte(c.body))
			var err error
			if r.URL, err = url.Parse(c.address); err != nil {
				t.Fatal(err)
			}
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			r.Header.Set("X-Twilio-Signature", c.signature)
			if _, err := channel(t, s, "").Receive(t.Context(), r); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAWebhookIsSignedWithOrWithoutThePort(t *testing.T) {
	body := []byte("MessageSid=SM1&From=%2B14155552345&To=%2B15557122661&Body=Hello&A=2&A=1&A=2")
	for name, c := range map[string]struct {
		called url.URL
		signed string
		want   bool
	}{
		"neither":           {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}, "https://bot.example.test/webhooks/main", true},
		"signed with 443":   {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main"}, "https://bot.example.test:443/webhooks/main", true},
		"signed with 80":    {url.URL{Scheme: "http", Host: "bot.example.test", Path: "/webhooks/main"}, "http://bot.example.test:80/webhooks/main", true},
		"called with 8443":  {url.URL{Scheme: "https", Host: "bot.example.test:8443", Path: "/webhooks/main"}, "https://bot.example.test/webhooks/main", true},
		"both with 8443":    {url.URL{Scheme: "https", Host: "bot.example.test:8443", Path: "/webhooks/main"}, "https://bot.example.test:8443/webhooks/main", true},
		"IPv6":              {url.URL{Scheme: "https", Host: "[::1]:8443", Path: "/w"}, "https://[::1]/w", true},
		"with a query":      {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/w", RawQuery: "a=1&b=%20"}, "https://bot.example.test/w?a=1&b=%20", true},
		"overrides":         {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/w", Fragment: "rc=5"}, "https://bot.example.test/w", true},
		"another port":      {url.URL{Scheme: "https", Host: "bot.example.test:8443", Path: "/w"}, "https://bot.example.test:443/w", false},
		"another scheme":    {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/w"}, "http://bot.example.test/w", false},
		"another host":      {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/w"}, "https://other.example.test/w", false},
		"without the query": {url.URL{Scheme: "https", Host: "bot.example.test", Path: "/w", RawQuery: "a=1"}, "https://bot.example.test/w", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := spec().Request(body)
			r.URL = &c.called
			signAs(r, c.signed, token)
			if _, err := channel(t, spec(), "").Receive(t.Context(), r); (err == nil) != c.want {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestABodyOfJSONIsSignedByItsDigest(t *testing.T) {
	body := `[{"specversion":"1.0","type":"com.twilio.messaging.inbound-message.received","id":"EZ1","n":9007199254740993}]`
	sum := sha256.Sum256([]byte(body))
	digest := hex.EncodeToString(sum[:])
	request := func(query, body, signedQuery string) *channels.Request {
		r := spec().Request(nil)
		r.Header.Set("Content-Type", "application/json")
		signAs(r, "https://bot.example.test/webhooks/main?"+signedQuery, token)
		r.URL = &url.URL{Scheme: "https", Host: "bot.example.test", Path: "/webhooks/main", RawQuery: query}
		r.Body = []byte(body)
		return r
	}
	signed := "bodySHA256=" + digest
	got, err := channel(t, spec(), "").Receive(t.Context(), request(signed, body, signed))
	if err != nil || len(got.Events) != 1 || got.Events[0].Kind != channels.KindUnknown || string(got.Events[0].Raw) != body || got.Answer != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	other := hex.EncodeToString(make([]byte, sha256.Size))
	for name, r := range map[string]*channels.Request{
		"another body":      request(signed, body+" ", signed),
		"another digest":    request("bodySHA256="+other, body, "bodySHA256="+other),
		"no digest":         request("", body, ""),
		"unsigned digest":   request(signed, body, ""),
		"signed, no digest": request("", body, signed),
	} {
		if _, err := channel(t, spec(), "").Receive(t.Context(), r); statusOf(err) != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := channel(t, with(spec(), map[string]string{"verify": "off"}), "")
	if _, err := open.Receive(t.Context(), request("", "{", "")); statusOf(err) != http.StatusBadRequest {
		t.Errorf("not JSON: %v", err)
	}
}

func TestAFormThatCannotBeReadIsRefused(t *testing.T) {
	for verify, want := range map[string]int{"on": http.StatusUnauthorized, "off": http.StatusBadRequest} {
		s := with(spec(), map[string]string{"verify": verify})
		if _, err := channel(t, s, "").Receive(t.Context(), s.Request([]byte("MessageSid=%zz"))); statusOf(err) != want {
			t.Errorf("verify %s: %v", verify, err)
		}
	}
}

// statusOf is the status of a refusal, 0 for none.
func statusOf(err error) int {
	if e, ok := err.(*channels.RequestError); ok {
		return e.Status
	}
	return 0
}
