package language

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// URL reads a web address, and adds https:// to one without a scheme
// ("example.com/x"). The scheme and host come back in lower case. It refuses other
// schemes than http and https, spaces, user names, and hosts that are not a domain
// name; a numeric address needs its scheme. Whether the address may be called is
// for the caller to decide: private hosts are not refused here.
func URL(text string) (string, bool) {
	if len(text) > maxAnswer || !utf8.ValidString(text) {
		return "", false
	}
	text = strings.TrimRight(strings.Trim(strings.TrimSpace(text), "<>\"'"), ".,!?;")
	if text == "" || strings.ContainsFunc(text, neverInURL) {
		return "", false
	}
	scheme, _, given := strings.Cut(text, "://")
	switch {
	case !given:
		text = "https://" + text
	case !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" || u.Host == "" {
		return "", false
	}
	host, ok := hostName(u.Hostname())
	if !ok && given {
		host, ok = ipHost(u.Hostname())
	}
	if !ok {
		return "", false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", false
		}
		host += ":" + port
	} else if strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	u.Host = host
	return u.String(), true
}

func neverInURL(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || invisible(r) || strings.ContainsRune("\\<>\"`{}|^", r)
}

// ipHost returns a numeric host as it stands in an address.
func ipHost(s string) (string, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return "", false
	}
	if addr.Is6() {
		return "[" + addr.String() + "]", true
	}
	return addr.String(), true
}
