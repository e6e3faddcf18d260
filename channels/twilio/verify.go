package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// signatureHeader carries the signature of a webhook.
const signatureHeader = "X-Twilio-Signature"

// proven checks the signature of a webhook: the base64 of the HMAC-SHA1, with the auth
// token, of the address that Twilio called and of all fields of the form, sorted, each
// name followed by its value: …/usage/webhooks/webhooks-security. A body that is no form
// is not in it: there the address has its SHA-256 as bodySHA256. It has no timestamp: an
// old webhook is told by the ids in it. Whether the port is in the address that Twilio
// signs differs, so its libraries try both; what comes after # is in none.
func (c *Channel) proven(r *channels.Request, form url.Values) bool {
	if c.token == "" || r.URL == nil {
		return false
	}
	if form == nil {
		sum := sha256.Sum256(r.Body)
		if !channels.Equal(strings.ToLower(r.URL.Query().Get("bodySHA256")), hex.EncodeToString(sum[:])) {
			return false
		}
	}
	given := r.Header.Get(signatureHeader)
	without := channels.Equal(given, sign(withPort(r.URL, ""), form, c.token))
	with := channels.Equal(given, sign(withPort(r.URL, port(r.URL)), form, c.token))
	return without || with
}

// sign returns the signature of an address and a form. A field that comes several times
// counts once for each value.
func sign(address string, form url.Values, token string) string {
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, address) // never fails
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
			_, _ = io.WriteString(mac, name+value)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// port is that of an address, or the one of its scheme.
func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// withPort writes an address with another port, or none.
func withPort(u *url.URL, port string) string {
	c := *u
	c.Fragment, c.RawFragment = "", ""
	c.Host = u.Hostname()
	if strings.Contains(c.Host, ":") {
		c.Host = "[" + c.Host + "]"
	}
	if port != "" {
		c.Host += ":" + port
	}
	return c.String()
}
