package examples

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/state"
)

// An attack is a request that no platform would make, or a body with which one
// goes wrong.
type attack struct {
	name   string
	method string // POST unless given
	path   string // that of the channel under attack unless given
	header map[string]string
	body   string
	// refused: it must get a 4xx. Others may be taken, as a message or as a
	// webhook that is not understood.
	refused bool
	chunked bool
}

// A target is what is attacked: where, and with what credentials.
type target struct {
	name, path string
	header     http.Header
}

// TestNothingHostileGetsThrough posts everything that is in the corpus to every
// channel of the support example. Nothing is answered with 5xx or late, what is
// refused leaves no trace, and people are served as before.
func TestNothingHostileGetsThrough(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	ann, dana, visitor := s.onTelegram(1), s.onWhatsApp(17), s.visit()
	ann.says("where is my order")
	ann.hears(askOrder)
	dana.says("where is my order")
	dana.hears(askOrder)
	visitor.says("where is my order")
	visitor.hears(askOrder)

	telegram := target{"telegram", "/webhooks/telegram", s.telegram.header(nil)}
	whatsapp := target{"whatsapp", "/webhooks/whatsapp", s.green.header(nil)}
	noHook := target{"webhook of the web chat", "/webhooks/web", http.Header{"Content-Type": {"application/json"}}}
	for _, a := range bodies() {
		// Each from another visitor, or the limit of messages would answer for most.
		chat := target{"web", "/channels/web/messages", http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.newToken()}}}
		for _, to := range []target{telegram, whatsapp, chat, noHook} {
			s.attack(to, a, ann.conv(), dana.conv())
		}
	}
	for _, a := range requests(string(encode(t, s.telegram.message(ann, 1, "A-1234")))) {
		s.attack(telegram, a, ann.conv(), dana.conv())
	}
	for _, a := range requests(string(encode(t, s.green.message(dana, 1, "A-1234")))) {
		s.attack(whatsapp, a, ann.conv(), dana.conv())
	}
	for _, a := range updates(ann.chat) {
		s.attack(telegram, a, ann.conv(), dana.conv())
	}
	for _, a := range notifications(dana.chat) {
		s.attack(whatsapp, a, ann.conv(), dana.conv())
	}

	for _, m := range append(s.telegram.drain(), s.green.drain()...) {
		if strings.Contains(m.text, mark) || strings.Contains(m.text, "49") {
			t.Errorf("what somebody wrote was evaluated: %q", m.text)
		}
	}
	carl := s.onTelegram(3)
	carl.tracks()
	eve := s.onWhatsApp(20)
	eve.says("where is my order")
	eve.hears(askOrder)
}

// attack makes a request and looks at what it did.
func (s *server) attack(to target, a attack, watched ...state.Conv) {
	s.t.Helper()
	s.settle()
	before, sends := s.remember(watched), s.telegram.sends()+s.green.sends()
	began := time.Now()
	status, err := s.request(to, a)
	if took := time.Since(began); took > time.Second {
		s.t.Errorf("%s: %s: answered after %s", to.name, a.name, took)
	}
	s.settle()
	switch {
	case err != nil:
		s.t.Errorf("%s: %s: %v", to.name, a.name, err)
	case status >= 500 || status < 200:
		s.t.Errorf("%s: %s: answered with %d", to.name, a.name, status)
	case a.refused && status < 400:
		s.t.Errorf("%s: %s: answered with %d, want it refused", to.name, a.name, status)
	case status >= 400 && s.remember(watched) != before:
		s.t.Errorf("%s: %s: refused with %d, but a conversation changed", to.name, a.name, status)
	case status >= 400 && s.telegram.sends()+s.green.sends() != sends:
		s.t.Errorf("%s: %s: refused with %d, but something was sent", to.name, a.name, status)
	}
}

func (s *server) request(to target, a attack) (int, error) {
	method, path := http.MethodPost, to.path
	if a.method != "" {
		method = a.method
	}
	if a.path != "" {
		path = a.path
	}
	var body io.Reader = strings.NewReader(a.body)
	if a.chunked {
		body = io.MultiReader(body) // of which nobody knows the length
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		return 0, err
	}
	r.Header = to.header.Clone()
	for name, value := range a.header {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	resp, err := (&http.Client{Transport: s.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}).Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if bytes.Contains(answer, []byte(mark)) {
		return 0, fmt.Errorf("a secret is in the answer: %s", answer)
	}
	return resp.StatusCode, err
}

// remember tells conversations as they are in the store.
func (s *server) remember(convs []state.Conv) string {
	s.t.Helper()
	var all strings.Builder
	for _, conv := range convs {
		saved, err := s.store.Load(s.t.Context(), conv)
		if err != nil {
			s.t.Fatal(err)
		}
		history, err := s.store.History(s.t.Context(), conv, 0, 100)
		if err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %s %d\n", conv, saved, len(history))
		for _, e := range history {
			fmt.Fprintf(&all, "%d %s\n", e.Number, e.Payload)
		}
	}
	return all.String()
}

// settle waits until nothing is under way: nothing is due, and whatever comes
// next is later than the end of any lease.
func (s *server) settle() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		due, next, err := s.store.Due(ctx, 1)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(due) == 0 && (next.IsZero() || next.Sub(s.clock.now()) > 2*state.LeaseTime) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatal("the bot does not come to rest")
		}
	}
}

// drain returns what was sent that nobody heard.
func (p *platform) drain() []sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []sent
	for _, c := range p.chats {
		for len(c) > 0 {
			out = append(out, <-c)
		}
	}
	return out
}
