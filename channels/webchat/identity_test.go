package webchat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parley-chat/parley/channels"
)

const testIdentity = "an identity secret of thirty-two or more"

// signed makes a token of a header and claims as they are.
func signed(newHash func() hash.Hash, secret, header, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(claims))
	mac := hmac.New(newHash, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

const plainHeader = `{"alg":"HS256","typ":"JWT"}`

func tokenOf(claims string) string { return signed(sha256.New, testIdentity, plainHeader, claims) }

func tokenFor(sub string, lasts time.Duration) string {
	return tokenOf(fmt.Sprintf(`{"sub": %q, "exp": %d}`, sub, soon(lasts)))
}

func TestTokensSayWhoTheVisitorIs(t *testing.T) {
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, map[string]string{"identity_secret": testIdentity}), h))
	c.header.Set("Accept-Language", "fr")
	until := soon(time.Hour)
	c.visitor = tokenOf(fmt.Sprintf(`{"sub": "user-17", "exp": %d, "nbf": %d, "aud": ["shop", "web"], "name": " Dana Example ",
		"email": "dana@example.com", "phone_number": "+4915550100", "locale": "pt-br", "admin": true}`, until, soon(0)))
	status, body := c.call("POST", "identity", "")
	var answer map[string]string
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	c.say("message-1", "hello")
	e := h.accepted()[0]
	want := map[string]string{"id": "user-17", "key": e.Conversation, "expires": time.Unix(until, 0).UTC().Format(time.RFC3339)}
	if d := cmp.Diff(want, answer); d != "" {
		t.Error(d)
	}
	sender := channels.Sender{ID: "user-17", Name: "Dana Example", Phone: "+4915550100", Email: "dana@example.com", Language: "pt-BR"}
	if d := cmp.Diff(sender, e.Sender); d != "" {
		t.Error(d)
	}
	if strings.Contains(e.Conversation, "user-17") {
		t.Error("the key of the conversation tells the id")
	}
}

func TestTheConversationFollowsThePerson(t *testing.T) {
	h := newFakeHost()
	s := start(t, newTestChannel(t, map[string]string{"identity_secret": testIdentity, "secret": "a secret of the channel"}), h)
	phone, laptop, other, nobody := newClient(t, s), newClient(t, s), newClient(t, s), newClient(t, s)
	phone.visitor, laptop.visitor, other.visitor = tokenFor("user-1", time.Hour), tokenFor("user-1", 2*time.Hour), tokenFor("user-2", time.Hour)
	phone.say("message-1", "from the phone")
	for c, want := range map[*client]int{laptop: 1, other: 0, nobody: 0} {
		if texts := c.open("").until("live"); len(texts) != want {
			t.Errorf("reads %q", texts)
		}
	}
	nobody.say("message-1", "without a name")
	if e := h.accepted()[1]; e.Sender.ID != e.Conversation || e.Data != nil {
		t.Errorf("an unknown visitor is %+v", e.Sender)
	}
}

func TestWrongTokensAreRefused(t *testing.T) {
	late, good := soon(-2*time.Minute), soon(time.Hour)
	h := newFakeHost()
	c := newClient(t, start(t, newTestChannel(t, map[string]string{"identity_secret": testIdentity}), h))
	claims := fmt.Sprintf(`{"sub": "a", "exp": %d}`, good)
	right := tokenOf(claims)
	parts := strings.Split(right, ".")
	for _, tt := range []struct{ name, token, code string }{
		{"no signature", parts[0] + "." + parts[1] + ".", "token_signature"},
		{"one letter off", parts[0] + "." + parts[1] + "." + flip(parts[2]), "token_signature"},
		{"other claims", parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"sub": "b", "exp": %d}`, good))) + "." + parts[2], "token_signature"},
		{"another secret", signed(sha256.New, testIdentity+"!", plainHeader, claims), "token_signature"},
		{"no algorithm", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "token_algorithm"},
		{"HS512", signed(sha512.New, testIdentity, `{"alg":"HS512"}`, claims), "token_algorithm"},
		{"RS256 by name", signed(sha256.New, testIdentity, `{"alg":"RS256"}`, claims), "token_algorithm"},
		{"small letters", signed(sha256.New, testIdentity, `{"alg":"hs256"}`, claims), "token_algorithm"},
		{"an extension", signed(sha256.New, testIdentity, `{"alg":"HS256","crit":["b64"],"b64":false}`, claims), "token_algorithm"},
		{"no header", "." + parts[1] + "." + parts[2], "token_malformed"},
		{"no claims", parts[0] + ".." + parts[2], "token_signature"},
		{"padding", parts[0] + "." + parts[1] + "." + parts[2] + "=", "token_signature"},
		{"claims that are no object", tokenOf(`[1]`), "token_malformed"},
		{"a name that is no text", tokenOf(fmt.Sprintf(`{"sub": "a", "exp": %d, "name": {"first": "a"}}`, good)), "token_malformed"},
		{"no exp", tokenOf(`{"sub": "a"}`), "token_claims"},
		{"exp as a text", tokenOf(`{"sub": "a", "exp": "tomorrow"}`), "token_malformed"},
		{"exp beyond all times", tokenOf(`{"sub": "a", "exp": 1e300}`), "token_claims"},
		{"expired", tokenOf(fmt.Sprintf(`{"sub": "a", "exp": %d}`, late)), "token_expired"},
		{"not yet", tokenOf(fmt.Sprintf(`{"sub": "a", "exp": %d, "nbf": %d}`, good, soon(30*time.Minute))), "token_claims"},
		{"no sub", tokenOf(fmt.Sprintf(`{"exp": %d}`, good)), "token_claims"},
		{"an empty sub", tokenOf(fmt.Sprintf(`{"sub": " ", "exp": %d}`, good)), "token_claims"},
		{"a long sub", tokenOf(fmt.Sprintf(`{"sub": %q, "exp": %d}`, strings.Repeat("a", 201), good)), "token_claims"},
		{"for another channel", tokenOf(fmt.Sprintf(`{"sub": "a", "exp": %d, "aud": "shop"}`, good)), "token_claims"},
		{"too long", tokenOf(fmt.Sprintf(`{"sub": "a", "exp": %d, "x": %q}`, good, strings.Repeat("a", 9000))), "token_malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.visitor = tt.token
			for _, call := range [][3]string{{"POST", "identity", ""}, {"GET", "events", ""}, {"POST", "messages", `{"id": "message-1", "text": "hi"}`}, {"PUT", "files/file-0001", "x"}} {
				status, body := c.call(call[0], call[1], call[2])
				if status != http.StatusUnauthorized || !strings.Contains(string(body), `"`+tt.code+`"`) {
					t.Errorf("%s %s: %d %s, want 401 and %s", call[0], call[1], status, body, tt.code)
				}
			}
		})
	}
	if n := len(h.accepted()); n != 0 {
		t.Errorf("%d messages were taken", n)
	}
	c.visitor = right
	if status, body := c.call("POST", "identity", ""); status != http.StatusOK {
		t.Errorf("the right one: %d %s", status, body)
	}
}

func TestIdentityIsClosedUnlessThereIsASecret(t *testing.T) {
	c := newClient(t, start(t, newTestChannel(t, nil), newFakeHost()))
	if status, body := c.call("POST", "identity", ""); status != http.StatusBadRequest {
		t.Errorf("an anonymous visitor: %d %s", status, body)
	}
	for _, secret := range []string{testIdentity, ""} {
		c.visitor = signed(sha256.New, secret, plainHeader, fmt.Sprintf(`{"sub": "a", "exp": %d}`, soon(time.Hour)))
		if status, body := c.call("POST", "identity", ""); status != http.StatusUnauthorized || !strings.Contains(string(body), `"identity_off"`) {
			t.Errorf("%d %s", status, body)
		}
	}
}

// TestStreamEndsWithTheToken says that nobody reads on after it.
func TestStreamEndsWithTheToken(t *testing.T) {
	ch := newTestChannel(t, map[string]string{"identity_secret": testIdentity})
	now := time.Now()
	ch.now = func() time.Time { return now.Add(skew) } // of the leeway nothing is left but a moment
	c := newClient(t, start(t, ch, newFakeHost()))
	c.visitor = tokenOf(fmt.Sprintf(`{"sub": "a", "exp": %d}`, now.Unix()+2))
	s := c.open("")
	s.until("live")
	for {
		if _, err := s.block(); err != nil {
			break // patience bounds it
		}
	}
	if err := s.resp.Request.Context().Err(); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the stream went on")
	}
}

func widgetIdentifies(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support", "identity_secret": testIdentity}, `lang="en"`, "")
	b := newVisit(t, browser)
	b.desktop()
	b.opens(s)
	token := tokenOf(fmt.Sprintf(`{"sub": "user-17", "exp": %d, "name": "Dana Example"}`, soon(time.Hour)))
	b.run(fmt.Sprintf(`window.known = [], Parley.on('identified', (e) => known.push(e.id)), Parley.identify(%q).then((ok) => known.push(ok)), Parley.open()`, token))
	b.frameShows("I'm the assistant of Acme")
	b.until(`known.join() === 'true,user-17' || known.join() === 'user-17,true'`)
	for _, e := range s.host.accepted() { // nothing was said without a name before
		if e.Sender.ID != "user-17" || e.Sender.Name != "Dana Example" {
			t.Errorf("%s came from %+v", e.Kind, e.Sender)
		}
	}
	s.host.say("web", s.host.accepted()[0].Conversation, channels.Message{Text: "Your refund is on its way."})
	b.frameShows("Your refund")

	laptop := newVisit(t, browser) // another browser
	laptop.desktop()
	laptop.opens(s)
	laptop.run(`Parley.open()`)
	laptop.frameShows("I'm the assistant of Acme")
	laptop.run(fmt.Sprintf(`Parley.identify(%q)`, token)) // in the middle of an anonymous chat
	laptop.frameShows("Your refund")
	if n := len(s.host.accepted()); n != 2 {
		t.Errorf("the bot heard %d things, want that two visitors came", n)
	}
}

func widgetRefusesTokens(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support", "identity_secret": testIdentity}, `lang="en"`, "")
	b := newVisit(t, browser, "401", "Parley: the chat did not take the token of identify(): The token expired at 20")
	b.desktop()
	b.opens(s)
	b.run(fmt.Sprintf(`window.known = [], Parley.on('refused', (e) => known.push(e.code)), Parley.identify(%q).then((ok) => known.push(ok)), Parley.open()`,
		tokenFor("user-17", -time.Hour)))
	b.frameShows("I'm the assistant of Acme") // the chat without a name goes on
	b.until(`known.sort().join() === 'false,token_expired'`)
	if e := s.host.accepted()[0]; e.Sender.ID != e.Conversation {
		t.Errorf("the visitor is %+v", e.Sender)
	}
}

func widgetAsksForANewToken(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support", "identity_secret": testIdentity}, `lang="en"`, "")
	b := newVisit(t, browser, "401", "Parley: call identify() with a new token")
	b.desktop()
	b.opens(s)
	b.run(fmt.Sprintf(`window.heard = [], Parley.on('expired', (e) => heard.push(e.code)), Parley.identify(%q), Parley.open()`,
		tokenFor("user-17", 3*time.Second-skew)))
	b.frameShows("I'm the assistant of Acme")
	b.until(`heard.join() === 'token_expired'`)
	b.inFrame(`document.documentElement.dataset.line === 'expired' && document.getElementById('banner').innerText.startsWith('Your sign-in has ended')`)
	b.run(fmt.Sprintf(`Parley.identify(%q)`, tokenFor("user-17", time.Hour)))
	b.inFrame(`document.documentElement.dataset.line === 'online' && !document.getElementById('banner').innerText`)
	b.inFrame(`document.querySelectorAll('.row').length === 1`)
}

// widgetForgets says that who comes next at the same browser sees nothing.
func widgetForgets(t *testing.T, browser context.Context) {
	s := newSite(t, map[string]string{"title": "Acme support", "identity_secret": testIdentity}, `lang="en"`, "")
	b := newVisit(t, browser)
	b.desktop()
	b.opens(s)
	b.run(`Parley.open()`)
	b.frameShows("I'm the assistant of Acme")
	b.inFrame(`document.activeElement.id === 'text'`)
	b.press("an anonymous secret\r")
	b.frameShows("You wrote: an anonymous secret")
	b.run(fmt.Sprintf(`Parley.identify(%q)`, tokenFor("user-17", time.Hour)))
	b.inFrame(`!document.getElementById('log').innerText.includes('secret') && document.querySelectorAll('.row').length === 1`)
	b.run(`Parley.logout()`)
	b.inFrame(`Object.keys(localStorage).every((k) => !k.includes('@'))`)
	b.inFrame(`!document.getElementById('log').innerText.includes('secret') && document.querySelectorAll('.row').length === 1`)
	visitors := map[string]bool{}
	for _, e := range s.host.accepted() {
		visitors[e.Conversation] = true
	}
	if len(visitors) != 3 {
		t.Errorf("%d conversations, want those before, during and after", len(visitors))
	}

	b.press("another secret\r")
	b.frameShows("You wrote: another secret")
	b.run(`Parley.close(), Parley.logout()`)
	b.opens(s)
	b.run(`Parley.open()`)
	b.frameShows("I'm the assistant of Acme")
	b.inFrame(`!document.getElementById('log').innerText.includes('secret')`)
}
