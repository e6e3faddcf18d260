package webchat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/channels"
	"golang.org/x/text/language"
)

const (
	maxToken = 8 << 10 // bytes
	maxClaim = 200     // runes
	skew     = time.Minute
)

// A person is who a site says that its visitor is.
type person struct {
	id, name, email, phone, language string
	until                            time.Time
}

// A tokenError tells the developers of a site what is wrong with their token.
// The page hands it to the console.
type tokenError struct{ code, message string }

func (e *tokenError) Error() string { return e.message }

func wrongToken(code, format string, args ...any) error {
	return &tokenError{code: code, message: fmt.Sprintf(format, args...)}
}

// claims are those of a token that say something here. Numbers are seconds.
type claims struct {
	Subject   string   `json:"sub"`
	Expires   *float64 `json:"exp"`
	NotBefore float64  `json:"nbf"`
	Audience  audience `json:"aud"`
	Name      string   `json:"name"`
	Email     string   `json:"email"`
	Phone     string   `json:"phone"`
	// Standard is how OpenID Connect names the phone.
	Standard string `json:"phone_number"`
	Language string `json:"language"`
	Locale   string `json:"locale"`
}

// An audience is one name or several.
type audience []string

// UnmarshalJSON takes both forms.
func (a *audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

// isToken tells a token from the id of a visitor, which has no second dot.
func isToken(bearer string) bool { return strings.Count(bearer, ".") == 2 }

// identify verifies a token: JWT in its compact form, HMAC with SHA-256, nothing
// else. The header does not choose how it is verified. An error is a *tokenError.
func (c *Channel) identify(token string) (*person, error) {
	if len(c.identity) == 0 {
		return nil, wrongToken("identity_off", "The chat takes no tokens: set identity_secret in bot.yaml.")
	}
	signed := strings.LastIndexByte(token, '.')
	if len(token) > maxToken || signed < 0 {
		return nil, wrongToken("token_malformed", "The token is not a JWT.")
	}
	head, body, _ := strings.Cut(token[:signed], ".")
	var header struct {
		Algorithm string   `json:"alg"`
		Critical  []string `json:"crit"`
	}
	if !decodePart(head, &header) {
		return nil, wrongToken("token_malformed", "The token is not a JWT.")
	}
	if header.Algorithm != "HS256" || header.Critical != nil {
		return nil, wrongToken("token_algorithm", "The token must be signed with HS256, without extensions.")
	}
	mac := hmac.New(sha256.New, c.identity)
	mac.Write([]byte(token[:signed]))
	if !channels.Equal(token[signed+1:], base64.RawURLEncoding.EncodeToString(mac.Sum(nil))) {
		return nil, wrongToken("token_signature", "The token is not signed with the identity_secret of this chat.")
	}
	var said claims
	if !decodePart(body, &said) {
		return nil, wrongToken("token_malformed", "The claims of the token can't be read: sub, name, email, phone and language are texts, exp is a number.")
	}
	return c.checked(&said)
}

func decodePart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && utf8.Valid(raw) && json.Unmarshal(raw, into) == nil
}

// checked takes the claims of a token whose signature is right.
func (c *Channel) checked(said *claims) (*person, error) {
	now := c.now()
	switch {
	case said.Subject == "" || tidy(said.Subject) != said.Subject:
		return nil, wrongToken("token_claims", "The token needs sub: the id of the user, without space around it.")
	case said.Expires == nil || *said.Expires < 1 || *said.Expires > math.MaxInt32*8:
		return nil, wrongToken("token_claims", "The token needs exp: when it ends, in seconds since 1970.")
	case len(said.Audience) > 0 && !slices.Contains(said.Audience, c.name):
		return nil, wrongToken("token_claims", "The token is for another channel: aud, if it is there, names this one.")
	}
	until := time.Unix(int64(*said.Expires), 0)
	if !now.Before(until.Add(skew)) {
		return nil, wrongToken("token_expired", "The token expired at %s.", until.UTC().Format(time.RFC3339))
	}
	if from := time.Unix(int64(min(max(said.NotBefore, 0), math.MaxInt32*8)), 0); now.Add(skew).Before(from) {
		return nil, wrongToken("token_claims", "The token is not valid before %s.", from.UTC().Format(time.RFC3339))
	}
	p := &person{
		id: said.Subject, name: tidy(said.Name), email: tidy(said.Email), until: until.Add(skew),
		phone: tidy(first(said.Phone, said.Standard)),
	}
	for _, text := range []string{p.id, p.name, p.email, p.phone} {
		if utf8.RuneCountInString(text) > maxClaim {
			return nil, wrongToken("token_claims", "sub, name, email and phone have at most %d characters.", maxClaim)
		}
	}
	if tag := first(said.Language, said.Locale); tag != "" && len(tag) <= maxTag {
		if parsed, err := language.Parse(tag); err == nil {
			p.language = parsed.String()
		}
	}
	return p, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// sender is the person as flows see it.
func (p *person) sender() channels.Sender {
	return channels.Sender{ID: p.id, Name: p.name, Phone: p.phone, Email: p.email, Language: p.language}
}

// postIdentity tells whether a token is taken, before a page goes by it.
func (s *server) postIdentity(w http.ResponseWriter, r *http.Request) {
	v, ok := s.authorized(w, r)
	if !ok {
		return
	}
	if v.person == nil {
		refuse(w, http.StatusBadRequest, "token_malformed", "The token is not a JWT.")
		return
	}
	answer(w, http.StatusOK, map[string]string{
		"id": v.person.id, "key": v.conversation, "expires": v.person.until.Add(-skew).UTC().Format(time.RFC3339),
	})
}
