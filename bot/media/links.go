package media

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// A Ref is what a link leads to: content that is kept, or the source of which it
// is fetched.
type Ref struct {
	// Owner is what it belongs to.
	Owner string `json:"o"`
	// Hash, of content that is kept, and its MIME type.
	Hash string `json:"h,omitempty"`
	MIME string `json:"m,omitempty"`
	// Name is that of the file, as the sender calls it.
	Name string `json:"n,omitempty"`
	// Channel and ID are of media that a channel opens, URL is the address of
	// others.
	Channel string `json:"c,omitempty"`
	ID      string `json:"i,omitempty"`
	URL     string `json:"u,omitempty"`
	// Since is when the first link to it was made, Until when this one ends.
	Since time.Time `json:"s"`
	Until time.Time `json:"e"`
}

// Source names where media come from, for [Store.Note]; "" with a hash.
func (r Ref) Source() string {
	if r.ID != "" {
		return r.Channel + "\x00" + r.ID
	}
	return r.URL
}

// Links makes and reads links. A link is sealed rather than signed: the address of
// a platform may open a file for days, and must not outlive the link that hides
// it. It is safe for concurrent use.
type Links struct {
	aead  cipher.AEAD
	nonce []byte // the key of nonces
}

// NewLinks makes links with a secret. Whoever has the same secret can read them.
func NewLinks(secret []byte) (*Links, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "parley media links", 64)
	if err != nil {
		return nil, fmt.Errorf("make links: %w", err)
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		return nil, fmt.Errorf("make links: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make links: %w", err)
	}
	return &Links{aead: aead, nonce: key[32:]}, nil
}

// Seal makes the part of an address that names a ref. The same ref gives the same
// part, which browsers may keep: its nonce is made of what it says.
func (l *Links) Seal(r Ref) string {
	r.Since, r.Until = r.Since.UTC().Truncate(time.Millisecond), r.Until.UTC().Truncate(time.Second)
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false) // addresses have many &
	_ = e.Encode(r)        // texts and times: never fails
	mac := hmac.New(sha256.New, l.nonce)
	mac.Write(plain.Bytes())
	nonce := mac.Sum(nil)[:l.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(l.aead.Seal(nonce, nonce, plain.Bytes(), nil))
}

// Read reads such a part, also one that has ended: the caller compares Until.
// False for what was not made with the secret.
func (l *Links) Read(sealed string) (r Ref, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil || len(raw) < l.aead.NonceSize() {
		return Ref{}, false
	}
	plain, err := l.aead.Open(nil, raw[:l.aead.NonceSize()], raw[l.aead.NonceSize():], nil)
	if err != nil || json.Unmarshal(plain, &r) != nil {
		return Ref{}, false
	}
	return r, true
}
