package innopaas

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// A meaning is what a code says of a message.
type meaning struct {
	kind channels.ErrorKind
	text string
}

// meanings are the codes whose meaning is published. The short ones are InnoPaaS's
// own, from …/error-codes/custom-error-codes of its documentation (116 from that
// of its SMS API, 143 from the sample of
// https://github.com/chuanglan-international/whatsapp). The long ones are Meta's,
// which InnoPaaS lists at …/error-codes/meta-error-codes: they come in statuses,
// and whether they come here too is not published.
func meanings() map[string]meaning {
	return map[string]meaning{
		"101": {channels.ErrUnauthorized, "the account does not exist"},
		"102": {channels.ErrUnauthorized, "the password is wrong"},
		"103": {channels.ErrInvalid, "the pull count is no number"},
		"104": {channels.ErrInvalid, "the pull count is out of range"},
		"105": {channels.ErrInvalid, "the uid is too long"},
		"106": {channels.ErrInvalid, "the text is too long"},
		"108": {channels.ErrInvalid, "the phone number is malformed"},
		"109": {channels.ErrInvalid, "the number of phone numbers is wrong"},
		"110": {channels.ErrUnauthorized, "the balance is used up"},
		"112": {channels.ErrUnauthorized, "the product is not configured"},
		"114": {channels.ErrUnauthorized, "the address of the bot is not allowed"},
		"115": {channels.ErrUnauthorized, "no permission for domestic SMS"},
		"116": {channels.ErrUnauthorized, "the account is deleted or disabled"},
		"118": {channels.ErrUnauthorized, "the sending number does not exist"},
		"143": {channels.ErrInvalid, "the template does not exist"},

		"80007":  {channels.ErrRateLimited, "the account's rate limit is reached"},
		"130429": {channels.ErrRateLimited, "the number's rate limit is reached"},
		"131048": {channels.ErrRateLimited, "the number's limit for spam is reached"},
		"131056": {channels.ErrRateLimited, "too many messages to this person"},
		"131047": {channels.ErrWindowClosed, "more than 24 hours since the person wrote"},
		"130497": {channels.ErrBlocked, "not allowed to write to this country"},
		"131026": {channels.ErrBlocked, "the person cannot be reached"},
		"131050": {channels.ErrBlocked, "the person wants no marketing"},
		"131005": {channels.ErrUnauthorized, "access is denied"},
		"131031": {channels.ErrUnauthorized, "the account is locked"},
		"131042": {channels.ErrUnauthorized, "the account cannot pay"},
		"131045": {channels.ErrUnauthorized, "the number is not registered"},
		"133010": {channels.ErrUnauthorized, "the number is not registered"},
		"131000": {channels.ErrUnavailable, "something went wrong at WhatsApp"},
		"131016": {channels.ErrUnavailable, "WhatsApp is unavailable"},
		"131057": {channels.ErrUnavailable, "the account is in maintenance"},
		"133004": {channels.ErrUnavailable, "WhatsApp is unavailable"},
	}
}

// failure says what an answer means: a published code first, then the HTTP status,
// then a code that is one (inferred). A code that nobody publishes is a refusal.
// The platform's sentence may quote the message, so it is left out.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	var a answer
	if err := channels.Decode(body, &a); err != nil || a.Code == "" || a.Code == "0" {
		return misaddressed(e)
	}
	known, ok := meanings()[string(a.Code)]
	if !ok && e == nil {
		known, ok = meaning{channels.ErrInvalid, "the platform refused the message"}, true
		if n, err := strconv.Atoi(string(a.Code)); err == nil && n >= 400 && n < 600 {
			e, ok = channels.StatusError(n, header, nil), false
		}
	}
	if ok {
		e = &channels.SendError{Kind: known.kind, Err: errors.New(known.text)}
		if again := known.kind == channels.ErrRateLimited || known.kind == channels.ErrUnavailable; again {
			now, _ := http.ParseTime(header.Get("Date"))
			e.RetryAfter, _ = channels.RetryAfter(header.Get("Retry-After"), now)
		}
	}
	e.Code = codeOf(a.Code, status)
	return e
}

// codeOf keeps a code that looks like one; another may be anything.
func codeOf(code word, status int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-:"
	if len(code) > 32 || strings.Trim(string(code), letters) != "" {
		return strconv.Itoa(status)
	}
	return string(code)
}

// misaddressed sees that an address which is not there, with no word of the
// platform, is a wrong api_url: messages wait for an operator.
func misaddressed(e *channels.SendError) *channels.SendError {
	if e != nil && (e.Code == "404" || e.Code == "405") {
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("nothing is there; see the setting api_url")
	}
	return e
}
