package webchat

import (
	"net/http"
	"strings"
	"testing"
)

func TestOnlyTheVisitorReadsTheConversation(t *testing.T) {
	for _, secret := range []string{"", "a secret of the channel"} {
		t.Run("secret "+secret, func(t *testing.T) {
			h := newFakeHost()
			s := start(t, newTestChannel(t, map[string]string{"secret": secret}), h)
			owner, other := newClient(t, s), newClient(t, s)
			if owner.visitor == other.visitor || len(owner.visitor) < minVisitor {
				t.Fatal("visitors are not random")
			}
			owner.say("message-1", "my number is 12345")
			if texts := owner.open("").until("live"); len(texts) != 1 {
				t.Errorf("the owner reads %q", texts)
			}
			if texts := other.open("").until("live"); len(texts) != 0 {
				t.Errorf("another visitor reads %q", texts)
			}
			key := h.accepted()[0].Conversation
			if strings.Contains(owner.visitor, key) {
				t.Error("the key of the conversation gives the visitor away")
			}
			other.visitor = key // what an operator sees
			if status, body := streamStart(other); status == http.StatusOK && strings.Contains(body, "12345") {
				t.Error("the key of the conversation opens it")
			}
		})
	}
}

// streamStart asks for events and returns what comes first.
func streamStart(c *client) (int, string) {
	c.t.Helper()
	resp := c.do(c.t.Context(), "GET", "events", "")
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.StatusCode, ""
	}
	first := make([]byte, 4096)
	n, _ := resp.Body.Read(first)
	return resp.StatusCode, string(first[:n])
}

func TestWeakVisitorsAreRefused(t *testing.T) {
	open := start(t, newTestChannel(t, nil), newFakeHost())
	signed := start(t, newTestChannel(t, map[string]string{"secret": "a secret of the channel"}), newFakeHost())
	good, other := newClient(t, signed), newClient(t, signed)
	id, signature, _ := strings.Cut(good.visitor, ".")
	_, otherSignature, _ := strings.Cut(other.visitor, ".")
	plain := newClient(t, open)
	for _, tt := range []struct {
		name    string
		c       *client
		visitor string
	}{
		{"none", plain, ""},
		{"short", plain, strings.Repeat("a", 21)},
		{"long", plain, strings.Repeat("a", 65)},
		{"a path", plain, "../../../../another/visitor"},
		{"with a space", plain, strings.Repeat("a", 22) + " b"},
		{"signed, without a secret", plain, good.visitor},
		{"not signed", good, id},
		{"an empty signature", good, id + "."},
		{"another's signature", good, id + "." + otherSignature},
		{"another id", good, strings.Repeat("a", 32) + "." + signature},
		{"one letter off", good, id + "." + flip(signature)},
		{"signed twice", good, id + "." + signature + "." + signature},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.c.visitor = tt.visitor
			for _, call := range [][3]string{{"GET", "events", ""}, {"POST", "messages", `{"id": "message-1", "text": "hi"}`}} {
				resp := tt.c.do(t.Context(), call[0], call[1], call[2])
				resp.Body.Close()
				if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s %s: %d", call[0], call[1], resp.StatusCode)
				}
			}
		})
	}
}

func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

func TestVisitorOfAnotherChannelIsRefused(t *testing.T) {
	one := newTestChannel(t, map[string]string{"secret": "a secret of two channels"})
	two := newTestChannel(t, map[string]string{"secret": "a secret of two channels"})
	two.name = "shop"
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+one.newVisitor())
	if _, err := one.recognize(r); err != nil {
		t.Error("refused by its own channel")
	}
	if _, err := two.recognize(r); err == nil {
		t.Error("taken by another channel")
	}
}

// TestVisitorsOutliveARestart says that nothing of a process is in an id.
func TestVisitorsOutliveARestart(t *testing.T) {
	for _, secret := range []string{"", "a secret of the channel"} {
		before := newTestChannel(t, map[string]string{"secret": secret})
		after := newTestChannel(t, map[string]string{"secret": secret})
		r, err := http.NewRequestWithContext(t.Context(), "GET", "/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+before.newVisitor())
		was, _ := before.recognize(r)
		is, err := after.recognize(r)
		if err != nil || is != was {
			t.Errorf("secret %q: the conversation is lost", secret)
		}
	}
}
