package webchat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A visitor id is what a browser keeps: 22 to 64 letters of base64url. Knowing it
// is what opens the conversation, so it is random and never in an address.
const (
	minVisitor = 22 // 128 bits and more
	maxVisitor = 64
)

// newVisitor makes what a browser keeps and shows: the id and, with a secret, its
// signature behind a dot.
func (c *Channel) newVisitor() string {
	var id [24]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	visitor := base64.RawURLEncoding.EncodeToString(id[:])
	if len(c.secret) == 0 {
		return visitor
	}
	return visitor + "." + c.sign(visitor)
}

// sign binds an id to this channel, so that another one with the same secret
// does not take it.
func (c *Channel) sign(id string) string {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte("parley webchat visitor\n" + c.name + "\n" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// conversation returns the conversation of the visitor who asks. Its key is a
// hash of the id: what the console, exports and traces show opens nothing.
func (c *Channel) conversation(r *http.Request) (string, bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", false
	}
	id, signature, signed := strings.Cut(token, ".")
	if signed != (len(c.secret) > 0) || !isVisitor(id) {
		return "", false
	}
	if signed && !channels.Equal(signature, c.sign(id)) {
		return "", false
	}
	sum := sha256.Sum256([]byte("parley webchat conversation\n" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:18]), true
}

func isVisitor(id string) bool {
	return len(id) >= minVisitor && len(id) <= maxVisitor && isURLWord(id)
}

// isURLWord reports whether s has only the letters of base64url.
func isURLWord(s string) bool {
	for i := range len(s) {
		b := s[i]
		ok := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_'
		if !ok {
			return false
		}
	}
	return true
}
