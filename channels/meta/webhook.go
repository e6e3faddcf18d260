package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// SignatureHeader carries the signature of a webhook.
const SignatureHeader = "X-Hub-Signature-256"

// maxChallenge is the longest challenge that is echoed; Meta's are short numbers.
const maxChallenge = 256

// Sign returns the signature of a body as the header has it: "sha256=" and the
// HMAC-SHA256 of the body as it came, with the app secret, in lower hexadecimal:
// https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validating-payloads.
func Sign(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify refuses a webhook that is no POST or that the app secret did not sign. The
// error is a *channels.RequestError. There is no timestamp in what is signed: an old
// webhook is told by the ids in it.
func (a *App) Verify(r *channels.Request) error {
	if r.Method != http.MethodPost {
		return &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if a.verify && (a.secret == "" || !channels.Equal(r.Header.Get(SignatureHeader), Sign(r.Body, a.secret))) {
		return &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing or wrong"}
	}
	return nil
}

// Handshake answers the GET by which Meta checks an address: it echoes hub.challenge
// when hub.verify_token is the one of the settings. An error is a
// *channels.RequestError.
func (a *App) Handshake(r *channels.Request) (*channels.Answer, error) {
	if r.Method != http.MethodGet {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a GET"}
	}
	q := r.URL.Query()
	if !channels.Equal(q.Get("hub.verify_token"), a.verifyToken) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the verify token is missing or wrong"}
	}
	challenge := q.Get("hub.challenge")
	if q.Get("hub.mode") != "subscribe" || challenge == "" || len(challenge) > maxChallenge || strings.ContainsFunc(challenge, unprintable) {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: "not a handshake"}
	}
	return &channels.Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(challenge)}, nil
}
