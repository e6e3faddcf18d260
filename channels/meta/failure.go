package meta

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A Meaning is what a code of an error says of a message.
type Meaning struct {
	Kind channels.ErrorKind
	// Text is the cause in our words: Meta's may quote the message.
	Text string
}

// Meanings are the codes of the Graph API:
// https://developers.facebook.com/docs/graph-api/guides/error-handling, and of rate
// limits https://developers.facebook.com/docs/graph-api/overview/rate-limiting. 200
// to 299 are permissions, 80000 to 80014 limits of a use case.
func Meanings() map[string]Meaning {
	return map[string]Meaning{
		"1":   {channels.ErrUnavailable, "something went wrong at Meta"},
		"2":   {channels.ErrUnavailable, "Meta is unavailable"},
		"3":   {channels.ErrUnauthorized, "the app has no permission or capability for this"},
		"4":   {channels.ErrRateLimited, "the app's rate limit is reached"},
		"10":  {channels.ErrUnauthorized, "the permission was not granted or was removed"},
		"17":  {channels.ErrRateLimited, "the user's rate limit is reached"},
		"32":  {channels.ErrRateLimited, "the page's rate limit is reached"},
		"100": {channels.ErrInvalid, "a parameter is wrong"},
		"102": {channels.ErrUnauthorized, "the access token has ended or is wrong"},
		"190": {channels.ErrUnauthorized, "the access token has ended or is wrong"},
		"341": {channels.ErrRateLimited, "the app's limit is reached"},
		"368": {channels.ErrUnauthorized, "blocked for a while for violating a policy"},
		"506": {channels.ErrInvalid, "the same was posted before"},
		"613": {channels.ErrRateLimited, "the rate limit of this call is reached"},
	}
}

// meaningOf looks a code up.
func meaningOf(code string, meanings map[string]Meaning) (Meaning, bool) {
	if m, ok := meanings[code]; ok {
		return m, true
	}
	if m, ok := Meanings()[code]; ok {
		return m, true
	}
	switch n, err := strconv.Atoi(code); {
	case err != nil:
	case n >= 200 && n <= 299:
		return Meaning{channels.ErrUnauthorized, "the permission was not granted or was removed"}, true
	case n >= 80000 && n <= 80014:
		return Meaning{channels.ErrRateLimited, "the rate limit of this use case is reached"}, true
	}
	return Meaning{}, false
}

// answer is how the Graph API answers when it refuses.
type answer struct {
	Error *struct {
		Code      channels.Integer `json:"code"`
		Subcode   channels.Integer `json:"error_subcode"`
		Transient bool             `json:"is_transient"`
		Trace     string           `json:"fbtrace_id"`
	} `json:"error"`
}

// noSuchObject is the subcode of 100 for an id in the address that does not exist,
// or that the token may not see: the message is not to blame.
const noSuchObject = "33"

// Failure returns what says of an answer what it means, for channels.Call: a code of
// the platform first, if meanings has it with its subcode ("10/2018278") by both, then
// one of the Graph API, then is_transient, then the HTTP status. The cause has Meta's id
// for its support, and nothing of the message.
func Failure(meanings map[string]Meaning) func(int, http.Header, []byte) *channels.SendError {
	return func(status int, header http.Header, body []byte) *channels.SendError {
		e := channels.StatusError(status, header, body)
		var a answer
		if err := channels.Decode(body, &a); err != nil || a.Error == nil || a.Error.Code == "" {
			return misaddressed(e)
		}
		code := string(a.Error.Code)
		pair := code + "/" + string(a.Error.Subcode)
		m, ok := meaningOf(code, meanings)
		own, known := meanings[pair]
		switch {
		case known:
			m, code = own, pair
		case code == "100" && a.Error.Subcode == noSuchObject:
			m = Meaning{channels.ErrUnauthorized, "the id in the address does not exist, or the access token may not use it"}
		case ok:
		case a.Error.Transient:
			m = Meaning{channels.ErrUnavailable, "Meta says that it may work later"}
		case e != nil:
			m = Meaning{e.Kind, "Meta refused the request"}
		default:
			m = Meaning{channels.ErrInvalid, "Meta refused the request"}
		}
		return &channels.SendError{Kind: m.Kind, Code: code, RetryAfter: retryAfter(m.Kind, header), Err: cause(m.Text, a.Error.Trace)}
	}
}

// cause adds Meta's id of the request, when it looks like one.
func cause(text, trace string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-"
	if trace == "" || len(trace) > 64 || strings.Trim(trace, letters) != "" {
		return errors.New(text)
	}
	return errors.New(text + " (fbtrace_id " + trace + ")")
}

// misaddressed sees that an address which is not there, with no word of Meta, is a
// wrong api_url: messages wait for an operator.
func misaddressed(e *channels.SendError) *channels.SendError {
	if e != nil && (e.Code == "404" || e.Code == "405") {
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("nothing is there; see the settings api_url and api_version")
	}
	return e
}

// retryAfter reads Retry-After, else the minutes that the usage of a use case names:
// https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2.
func retryAfter(kind channels.ErrorKind, header http.Header) time.Duration {
	if kind != channels.ErrRateLimited && kind != channels.ErrUnavailable {
		return 0
	}
	now, _ := http.ParseTime(header.Get("Date"))
	if d, ok := channels.RetryAfter(header.Get("Retry-After"), now); ok {
		return d
	}
	var usage map[string][]struct {
		Minutes int64 `json:"estimated_time_to_regain_access"`
	}
	if err := channels.Decode([]byte(header.Get("X-Business-Use-Case-Usage")), &usage); err != nil {
		return 0
	}
	var most int64
	for _, uses := range usage {
		for _, u := range uses {
			most = max(most, u.Minutes)
		}
	}
	return time.Duration(min(most, 60)) * time.Minute
}
