package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/width"
)

// Email returns the one e-mail address in a text ("it's Ann@Example.com."), its
// host in lower case and, where it has letters beyond ASCII, in the form of DNS.
// A text with two different addresses is refused. The part before the at sign is
// kept as typed and must be ASCII.
func Email(text string) (string, bool) {
	text = width.Fold.String(strings.ToValidUTF8(firstRunes(text, maxAnswer), "\uFFFD"))
	found := ""
	for field := range strings.FieldsFuncSeq(text, betweenAddresses) {
		if !strings.Contains(field, "@") {
			continue
		}
		address, ok := addressIn(field)
		if !ok || found != "" && found != address {
			return "", false
		}
		found = address
	}
	return found, found != ""
}

// betweenAddresses reports whether r cannot be in an address: spaces, brackets and
// other marks around one, and scripts without spaces.
func betweenAddresses(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r <= ' ' || r == 0x7F || strings.ContainsRune(`()<>[],;:="\|`, r)
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return denseRune(r) || unicode.Is(unicode.Hangul, r)
	}
	return true
}

// addressIn reads a field that is an address, but for quotes and full stops.
func addressIn(field string) (string, bool) {
	field = strings.Trim(field, ".!?'*`")
	local, domain, ok := strings.Cut(field, "@")
	if !ok || !validLocal(local) {
		return "", false
	}
	domain, ok = hostName(domain)
	if !ok || len(local)+1+len(domain) > 254 {
		return "", false
	}
	return local + "@" + domain, true
}

// validLocal reports whether s is what RFC 5322 calls a dot-atom, of up to 64 bytes
// and without the two marks that people write around addresses.
func validLocal(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if !asciiWord(s[i]) && !strings.ContainsRune("!#$%&'*+-/?^_`{}~.", rune(s[i])) || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// hostName returns a public host name in lower case and in the form of DNS: two
// labels or more, the last of which is no number.
func hostName(s string) (string, bool) {
	if s == "" || len(s) > 253 {
		return "", false
	}
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
	host, err := profile.ToASCII(s)
	if err != nil {
		return "", false
	}
	if again, err := profile.ToASCII(host); err != nil || again != host {
		return "", false // nobody could look it up
	}
	top := host[strings.LastIndexByte(host, '.')+1:]
	if top == host || len(top) < 2 || strings.Trim(top, "0123456789") == "" {
		return "", false
	}
	return host, true
}
