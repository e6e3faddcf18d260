package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The proof of a request:
// https://docs.slack.dev/authentication/verifying-requests-from-slack.
const (
	signatureHeader = "X-Slack-Signature"
	timeHeader      = "X-Slack-Request-Timestamp"
	tolerance       = 5 * time.Minute
)

// proven checks the signature of a request and that it is of these minutes, so that
// nobody can repeat it later.
func (c *Channel) proven(r *channels.Request) bool {
	at := r.Header.Get(timeHeader)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || seconds < 0 || seconds > maxUnix || r.Now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	return c.secret != "" && channels.Equal(strings.TrimSpace(r.Header.Get(signatureHeader)), signature(c.secret, at, r.Body))
}

// signature is v0=, then the hexadecimal HMAC-SHA256 of version, time and body.
func signature(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + at + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
