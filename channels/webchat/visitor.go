package webchat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
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

// A visitor is who asks.
type visitor struct {
	// conversation is the key of the conversation: a hash, so what the console,
	// exports and traces show opens nothing.
	conversation string
	// person is who the site says it is; nil when nobody said.
	person *person
}

// recognize returns who shows what. A refusal is a *tokenError for tokens.
func (c *Channel) recognize(r *http.Request) (visitor, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if ok && isToken(token) {
		p, err := c.identify(token)
		if err != nil {
			return visitor{}, err
		}
		return visitor{conversation: hashed("parley webchat user\n" + p.id), person: p}, nil
	}
	id, signature, signed := strings.Cut(token, ".")
	if !ok || signed != (len(c.secret) > 0) || !isVisitor(id) || signed && !channels.Equal(signature, c.sign(id)) {
		return visitor{}, errStranger
	}
	return visitor{conversation: hashed("parley webchat conversation\n" + id)}, nil
}

var errStranger = errors.New("no visitor of this chat")

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
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
