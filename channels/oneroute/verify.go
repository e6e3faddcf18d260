package oneroute

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// signatureHeader has the proof of a webhook: hexadecimal HMAC-SHA512 of the body
// as compact JSON, keyed with the OneRoute Secret Key. Confirmed on
// https://docs.oneroute.io/others/receiving-events-webhooks, whose sample hashes
// what it read and wrote again.
const signatureHeader = "X-Oneroute-Signature"

// proven checks the signature, the token of the address, or both: what is set.
func (c *Channel) proven(r *channels.Request) bool {
	signed := c.secretKey == "" || c.signed(r.Body, r.Header.Get(signatureHeader))
	token := c.webhookToken == "" || channels.Equal(r.URL.Query().Get("token"), c.webhookToken)
	return signed && token && (c.secretKey != "" || c.webhookToken != "")
}

// signed compares the signature with that of the body as it came, and else of the
// same JSON without white space: something on the way may have laid it out anew.
func (c *Channel) signed(body []byte, proof string) bool {
	proof = strings.ToLower(strings.TrimSpace(proof))
	if channels.Equal(proof, signature(body, c.secretKey)) {
		return true
	}
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil || bytes.Equal(compact.Bytes(), body) {
		return false
	}
	return channels.Equal(proof, signature(compact.Bytes(), c.secretKey))
}

func signature(body []byte, secret string) string {
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
