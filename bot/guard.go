package bot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// errGuarded is why a call does not reach an address.
var errGuarded = errors.New("private addresses are closed: allow the host in bot.yaml under http, allow")

// errRedirect is why a redirect is not followed.
var errRedirect = errors.New("the redirect is not followed")

const maxRedirects = 3

// A guard decides which addresses calls of flows may reach: public ones, and
// those that are allowed by name. The decision is made in the dialer, on the
// address that is about to be connected to: whatever a name, a spelling or a
// redirect leads to ends there.
type guard struct {
	names  map[string]bool // host, or host:port
	ranges []netip.Prefix
	dialer net.Dialer
}

// newGuard reads the allowed hosts: host, host:port or a range.
func newGuard(allow []string) *guard {
	g := &guard{names: map[string]bool{}}
	for _, a := range allow {
		if p, err := netip.ParsePrefix(a); err == nil {
			g.ranges = append(g.ranges, p.Masked())
			continue
		}
		g.names[strings.ToLower(a)] = true
	}
	return g
}

// dial connects to a host and port, unless what it leads to is private.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := g.dialer
	if !g.allowed(address) {
		d.ControlContext = g.control
	}
	return d.DialContext(ctx, network, address)
}

// allowed reports whether a host is allowed by its name.
func (g *guard) allowed(address string) bool {
	address = strings.ToLower(address)
	host, _, err := net.SplitHostPort(address)
	return err == nil && (g.names[host] || g.names[address])
}

// control sees the final address, after every lookup.
func (g *guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errGuarded
	}
	ip := at.Addr().Unmap().WithZone("")
	for _, r := range g.ranges {
		if r.Contains(ip) {
			return nil
		}
	}
	if !public(ip) {
		return errGuarded
	}
	return nil
}

// closedIPv4 are the ranges of IPv4 that are not public (IANA's special-purpose
// registry), and those of multicast and of the future.
func closedIPv4() []netip.Prefix {
	return prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")
}

// closedIPv6 are the parts of 2000::/3, outside of which nothing is public, that
// are not public either or lead to IPv4: protocol assignments with Teredo,
// documentation, 6to4.
func closedIPv6() []netip.Prefix {
	return prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
}

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// public reports whether an address is one of the internet.
func public(ip netip.Addr) bool {
	closed := closedIPv4()
	if ip.Is6() {
		if !netip.MustParsePrefix("2000::/3").Contains(ip) {
			return false
		}
		closed = closedIPv6()
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return false
		}
	}
	return ip.IsValid()
}

// client returns the HTTP client of flows. Proxies are not used: behind one the
// final address would be unknown.
func (g *guard) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            g.dial,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConnsPerHost:    256,
			MaxConnsPerHost:        256,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: checkRedirect,
	}
}

// downloads returns the HTTP client for media. It unpacks nothing: what comes is
// what counts against the limits.
func (g *guard) downloads() *http.Client {
	c := g.client()
	t := c.Transport.(*http.Transport)
	t.DisableCompression, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = true, 8, 32
	t.ResponseHeaderTimeout = mediaIdle
	return c
}

// checkRedirect follows up to three redirects. What the flow sent for one host
// (keys, bodies) does not go to another.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: more than %d", errRedirect, maxRedirects)
	case r.URL.Scheme != "https" && r.URL.Scheme != first.URL.Scheme:
		return fmt.Errorf("%w: it leaves https", errRedirect)
	case r.URL.Host == first.URL.Host:
		return nil
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return fmt.Errorf("%w: a %s to another host", errRedirect, r.Method)
	}
	r.Header = http.Header{"Accept": first.Header["Accept"], "User-Agent": first.Header["User-Agent"]}
	return nil
}
