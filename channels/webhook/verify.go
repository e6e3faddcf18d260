package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The headers of Standard Webhooks 1.0.0:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
const (
	standardID        = "Webhook-Id"
	standardTime      = "Webhook-Timestamp"
	standardSignature = "Webhook-Signature"
)

// A proof is how webhooks prove whose they are.
type proof struct {
	how       string
	secrets   []string
	header    string
	prefix    string
	param     string
	hash      func() hash.Hash
	base64    bool
	over      []string // what stands around the names in names
	names     []string
	stamp     string // the header with the time
	tolerance time.Duration
}

func newProof(s *settings) (proof, error) {
	p := proof{how: s.text("verify"), header: s.text("signature_header"), prefix: s.text("signature_prefix"),
		param: s.or("signature_param", "token"), stamp: s.text("timestamp_header"), base64: s.text("signature_encoding") == "base64"}
	if p.how == "" {
		return p, errors.New(`setting "verify" is missing: header, query, hmac or standard, or write verify: off to take webhooks from anybody`)
	}
	if p.how == "off" {
		return p, nil
	}
	for _, name := range []string{"webhook_secret", "webhook_secret_old"} {
		if v := s.text(name); v != "" {
			p.secrets = append(p.secrets, v)
		}
	}
	if s.text("webhook_secret") == "" {
		return p, errors.New(`setting "webhook_secret" is missing: choose one, or write verify: off to take webhooks from anybody`)
	}
	seconds, err := s.number("timestamp_tolerance", 300, 1, 86400)
	if err != nil {
		return p, err
	}
	p.tolerance = time.Duration(seconds) * time.Second
	switch p.how {
	case "header":
		err = p.readHeader()
	case "query":
		err = p.checkQuery()
	case "standard":
		err = p.checkStandard()
	default:
		err = p.readHMAC(s)
	}
	return p, err
}

func (p *proof) readHeader() error {
	if p.header == "" {
		p.header = "Authorization"
	}
	if strings.EqualFold(p.header, "Authorization") && p.prefix == "" {
		p.prefix = "Bearer "
	}
	for _, secret := range p.secrets {
		if strings.ContainsAny(secret, "\r\n\x00") || strings.TrimSpace(secret) != secret {
			return errors.New(`setting "webhook_secret" has white space at an end, or lines, which a header cannot carry`)
		}
	}
	return p.checkName()
}

func (p *proof) checkName() error {
	if !isToken(p.header) {
		return errors.New(`setting "signature_header" is not the name of a header`)
	}
	return nil
}

func (p *proof) checkQuery() error {
	for _, secret := range p.secrets {
		if strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return errors.New(`setting "webhook_secret" has characters that change in an address: use A-Z a-z 0-9 _ -`)
		}
	}
	return nil
}

func (p *proof) checkStandard() error {
	for _, secret := range p.secrets {
		if b, ok := strings.CutPrefix(secret, "whsec_"); ok {
			if key, err := base64.StdEncoding.DecodeString(b); err != nil || len(key) == 0 {
				return errors.New(`setting "webhook_secret" begins with whsec_, but is no base64 behind it`)
			}
		}
	}
	return nil
}

func (p *proof) readHMAC(s *settings) error {
	if p.header == "" {
		return errors.New(`setting "signature_header" is missing: the header with the HMAC`)
	}
	if err := p.checkName(); err != nil {
		return err
	}
	p.hash = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}[s.or("signature_hash", "sha256")]
	over := "{body}"
	if p.stamp != "" {
		if !isToken(p.stamp) {
			return errors.New(`setting "timestamp_header" is not the name of a header`)
		}
		over = "{timestamp}.{body}"
	}
	parts, err := newText(s.or("signature_over", over), []string{"body", "timestamp"})
	if err != nil {
		return fmt.Errorf(`setting "signature_over" %w`, err)
	}
	has := map[string]bool{}
	for _, part := range parts {
		has[part.name] = true
		p.over, p.names = append(p.over, part.literal), append(p.names, part.name)
	}
	if !has["body"] {
		return errors.New(`setting "signature_over" has no {body}: the signature would prove nothing of it`)
	}
	if has["timestamp"] != (p.stamp != "") {
		return errors.New(`setting "signature_over" has {timestamp} if and only if there is a timestamp_header`)
	}
	return nil
}

// refusal says why a request is not taken; "" when it is.
func (p *proof) refusal(r *channels.Request) string {
	const wrong = "the proof is missing or wrong"
	switch p.how {
	case "off":
		return ""
	case "standard":
		return p.standard(r)
	case "query":
		if p.isSecret(r.URL.Query().Get(p.param)) {
			return ""
		}
		return wrong
	}
	given, ok := cutPrefix(r.Header.Get(p.header), p.prefix)
	switch {
	case !ok:
		return wrong
	case p.how == "header":
		if p.isSecret(given) {
			return ""
		}
		return wrong
	}
	if p.stamp != "" && !p.inTime(r.Header.Get(p.stamp), r.Now) {
		return "the timestamp is missing, too old or in the future"
	}
	if !p.base64 {
		given = strings.ToLower(given)
	}
	found := false
	for _, secret := range p.secrets {
		found = channels.Equal(given, p.sign(r, secret)) || found
	}
	if found {
		return ""
	}
	return wrong
}

// cutPrefix passes what stands before a proof; a scheme such as Bearer in any case.
func cutPrefix(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

func (p *proof) isSecret(given string) bool {
	found := false
	for _, secret := range p.secrets {
		found = channels.Equal(given, secret) || found
	}
	return found
}

func (p *proof) sign(r *channels.Request, secret string) string {
	mac := hmac.New(p.hash, []byte(secret))
	for i, literal := range p.over {
		mac.Write([]byte(literal))
		switch p.names[i] {
		case "body":
			mac.Write(r.Body)
		case "timestamp":
			mac.Write([]byte(r.Header.Get(p.stamp)))
		}
	}
	if p.base64 {
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// inTime reports whether a time, in Unix seconds or milliseconds, is near now.
func (p *proof) inTime(stamp string, now time.Time) bool {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || n <= 0 || len(stamp) > 13 {
		return false
	}
	at := time.Unix(n, 0)
	if len(stamp) > 11 {
		at = time.UnixMilli(n)
	}
	return now.Sub(at).Abs() <= p.tolerance
}

// standard verifies by Standard Webhooks: the base64 HMAC-SHA256 of id, time and
// body is one of those in the header, which has several while a key changes.
func (p *proof) standard(r *channels.Request) string {
	id, stamp := r.Header.Get(standardID), r.Header.Get(standardTime)
	if id == "" || !p.inTime(stamp, r.Now) {
		return "the id or the timestamp is missing, or the time is too old or in the future"
	}
	found := false
	signatures := strings.Fields(r.Header.Get(standardSignature))
	for _, secret := range p.secrets {
		want := standardSign(id, stamp, r.Body, secret)
		for _, given := range signatures[:min(len(signatures), 10)] {
			found = channels.Equal(given, want) || found
		}
	}
	if found {
		return ""
	}
	return "the signature is missing or wrong"
}

// standardSign is the version, then the base64 HMAC-SHA256 of id, time and body.
func standardSign(id, stamp string, body []byte, secret string) string {
	mac := hmac.New(sha256.New, standardKey(secret))
	fmt.Fprintf(mac, "%s.%s.", id, stamp)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func standardKey(secret string) []byte {
	if b, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(b); err == nil {
			return key
		}
	}
	return []byte(secret)
}

// A handshake is how a GET to the webhook's address is answered.
type handshake struct{ param, tokenParam, token string }

func newHandshake(s *settings) (handshake, error) {
	h := handshake{s.text("handshake"), s.or("handshake_token_param", "token"), s.text("handshake_token")}
	if h.param == "" && h.token != "" {
		return h, errors.New(`setting "handshake_token" is of no use without handshake`)
	}
	return h, nil
}

// Handshake sends back the parameter that the setting handshake names. Without
// that setting a GET is refused.
func (c *Channel) Handshake(_ context.Context, r *channels.Request) (*channels.Answer, error) {
	q, h := r.URL.Query(), c.shake
	switch echo := q.Get(h.param); {
	case h.param == "":
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "there is no handshake"}
	case h.token != "" && !channels.Equal(q.Get(h.tokenParam), h.token):
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the token of the handshake is missing or wrong"}
	case echo == "" || len(echo) > 1024:
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: "the parameter of the handshake is missing or too long"}
	default:
		// As plain text, so that what anybody may ask for is never a page.
		return &channels.Answer{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(echo)}, nil
	}
}
