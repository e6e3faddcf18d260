package bot

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/flows/expression"
)

// Nothing inside can be reached, however its address is written.
func TestPrivateAddressesAreClosed(t *testing.T) {
	closed := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1",
		"198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1",
		"64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::1", "3fff::1",
		"fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254",
	}
	open := []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
		"172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255",
		"2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8",
	}
	g := newGuard(nil)
	for _, ip := range closed {
		if err := g.control(t.Context(), "tcp", netip.AddrPortFrom(netip.MustParseAddr(ip), 80).String(), nil); err == nil {
			t.Errorf("%s is open", ip)
		}
	}
	for _, ip := range open {
		if err := g.control(t.Context(), "tcp", netip.AddrPortFrom(netip.MustParseAddr(ip), 443).String(), nil); err != nil {
			t.Errorf("%s is closed", ip)
		}
	}
	if err := g.control(t.Context(), "tcp", "nonsense", nil); err == nil {
		t.Error("what is no address is open")
	}
}

// What is allowed by name, port or range is open, and nothing beside it.
func TestAllowedHostsAreOpen(t *testing.T) {
	g := newGuard([]string{"shop.internal", "Tools.internal:8090", "10.1.0.0/16", "fd00::/8"})
	for address, want := range map[string]bool{
		"shop.internal:80": true, "SHOP.internal:443": true, "tools.internal:8090": true,
		"tools.internal:80": false, "other.internal:80": false, "shop.internal.evil.example:80": false,
	} {
		if got := g.allowed(address); got != want {
			t.Errorf("%s allowed: %v", address, got)
		}
	}
	for address, want := range map[string]bool{
		"10.1.2.3:80": true, "[fd00::1]:80": true, "[::ffff:10.1.2.3]:80": true, "10.2.0.1:80": false, "127.0.0.1:80": false,
	} {
		if err := g.control(t.Context(), "tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// testCall makes a call as a flow would.
func (b *Bot) testCall(t *testing.T, call flows.Call) flows.CallResult {
	t.Helper()
	return b.version.Load().calls.make(t.Context(), call, HandlerCall{})
}

func httpCall(url string) flows.Call {
	return flows.Call{Key: "http#1", Fingerprint: "f", HTTP: &flows.HTTPCall{Method: http.MethodGet, URL: url}}
}

// A server on this machine is inside, whatever its name: spellings, names that
// lead to it, and redirects all end in the dialer.
func TestCallsReachNothingInside(t *testing.T) {
	reached := make(chan string, 100)
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached <- r.URL.Path
		_, _ = w.Write([]byte(`{}`))
	}))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	// The public server of this test: allowed by name and port, so that it can redirect.
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL+"/redirected", http.StatusFound)
	}))
	defer outside.Close()
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(), allow: []string{outside.Listener.Addr().String()}})
	for _, url := range []string{
		inside.URL, "http://localhost:" + port, "http://127.1:" + port, "http://2130706433:" + port, "http://0x7f000001:" + port,
		"http://0177.0.0.1:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://[::1]:" + port, "http://0.0.0.0:" + port, outside.URL,
	} {
		r := b.testCall(t, httpCall(url))
		if r.Error != callRefused && r.Error != callNetwork || r.Status != 0 {
			t.Errorf("%s: %+v", url, r)
		}
	}
	if len(reached) > 0 {
		t.Errorf("%s was reached", <-reached)
	}
	if r := b.testCall(t, httpCall(inside.URL)); r.Error != callRefused || !strings.Contains(r.ErrorText, "http, allow") {
		t.Errorf("%+v does not say what to do", r)
	}
	for _, url := range []string{"ftp://example.com/", "file:///etc/passwd", "//example.com", "http://", "gopher://127.0.0.1"} {
		if r := b.testCall(t, httpCall(url)); r.Error != callRefused {
			t.Errorf("%s: %+v", url, r)
		}
	}
}

// Three redirects are followed, and what was sent for one host does not go to
// another.
func TestRedirectsAreFollowedWithCare(t *testing.T) {
	var end *httptest.Server
	start := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/away":
			http.Redirect(w, r, end.URL+"/end", http.StatusTemporaryRedirect)
		case "/1", "/2", "/3":
			http.Redirect(w, r, "/"+string(r.URL.Path[1]+1), http.StatusFound)
		default:
			_ = json.NewEncoder(w).Encode(r.Header)
		}
	}))
	defer start.Close()
	end = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = json.NewEncoder(w).Encode(r.Header) }))
	defer end.Close()
	b := startTestBot(t, setup{engine: script(echo), channel: newPlatform(),
		allow: []string{start.Listener.Addr().String(), end.Listener.Addr().String()}})
	call := func(method, path string) flows.CallResult {
		c := httpCall(start.URL + path)
		texts := expression.ListOf(expression.Of(expression.Text))
		texts.Maybe = true
		c.HTTP.Returns = expression.RecordOf(expression.Field{Name: "X-Api-Key", Type: texts}, expression.Field{Name: "Idempotency-Key", Type: texts})
		c.HTTP.Method, c.HTTP.Header, c.IdempotencyKey = method, map[string]string{"X-Api-Key": "t0ken"}, "k"
		return b.testCall(t, c)
	}
	if r := call("GET", "/1"); r.Status != 200 || !strings.Contains(string(r.Body), "t0ken") {
		t.Errorf("three redirects on one host: %+v", r)
	}
	if r := call("GET", "/loop"); r.Error != callRefused {
		t.Errorf("a loop: %+v", r)
	}
	if r := call("GET", "/away"); r.Status != 200 || strings.Contains(string(r.Body), "t0ken") || strings.Contains(string(r.Body), "Idempotency") {
		t.Errorf("another host got %s", r.Body)
	}
	if r := call("POST", "/away"); r.Error != callRefused {
		t.Errorf("a POST went on to another host: %+v", r)
	}
}
