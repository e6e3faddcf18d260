package zalo

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/parley-chat/parley/channels"
)

// quotaPause is how long to wait when a quota of the account is used up.
const quotaPause = time.Hour

// failure says what a code of the API means. One that is not in the tables is about the
// message: Zalo documents what is about tokens, accounts and rates.
func (a *answer) failure(header http.Header) *channels.SendError {
	code := string(a.Error)
	e := &channels.SendError{Kind: kindOf(code), Code: code, Err: errors.New("refused without a word")}
	if a.Message != "" {
		e.Err = errors.New(string(a.Message))
	}
	if words, ok := hints()[code]; ok {
		e.Err = fmt.Errorf("%w: %s", e.Err, words)
	}
	if e.Kind == channels.ErrRateLimited || e.Kind == channels.ErrUnavailable {
		now, _ := http.ParseTime(header.Get("Date"))
		ok := false
		if e.RetryAfter, ok = channels.RetryAfter(header.Get("Retry-After"), now); !ok && code != rateLimit && e.Kind == channels.ErrRateLimited {
			e.RetryAfter = quotaPause
		}
	}
	return e
}

// rateLimit is the code of too many requests in a minute.
const rateLimit = "-32"

// tokenRefused reports whether a code says that the access token is invalid or has ended.
func tokenRefused(code string) bool { return code == "-216" || code == "-220" || code == "-124" }

func known(code string) bool {
	_, ok := kinds()[code]
	return ok
}

func kindOf(code string) channels.ErrorKind {
	if k, ok := kinds()[code]; ok {
		return k
	}
	return channels.ErrInvalid
}

// kinds are the codes of OA/phu-luc/ma-loi (-32, -2xx, -3xx, -403) and of ZBS's bang-ma-loi
// (-100 to -162 and those with four digits), which do not meet but in -100.
func kinds() map[string]channels.ErrorKind {
	out := map[string]channels.ErrorKind{}
	for kind, codes := range map[channels.ErrorKind][]string{
		// The app, the account, its package, its money or the token: an operator mends it.
		channels.ErrUnauthorized: {
			"-204", "-205", "-206", "-207", "-208", "-209", "-212", "-215", "-216", "-219", "-220", "-221", "-223", "-224", "-235",
			"-238", "-241", "-242", "-320", "-321",
			"-101", "-102", "-103", "-104", "-105", "-115", "-117", "-120", "-1201", "-124", "-1241", "-125", "-126", "-135", "-1351",
			"-136", "-137", "-138", "-1381", "-145",
		},
		// Requests of a minute; quotas of the account.
		channels.ErrRateLimited: {rateLimit, "-211", "-144", "-1441"},
		channels.ErrUnavailable: {"-100", "-200"},
		// The person does not follow, blocked, left, is inactive, or refuses such messages.
		channels.ErrBlocked: {
			"-213", "-217", "-222", "-227", "-237", "-244", "-403",
			"-110", "-114", "-118", "-119", "-139", "-140", "-141",
		},
		// Not now: no interaction, the person's own quota, the night.
		channels.ErrWindowClosed: {"-218", "-230", "-232", "-234", "-305", "-311", "-133", "-147", "-1471", "-1472"},
		channels.ErrInvalid: {
			"-201", "-210", "-214", "-233", "-240", "-248", "-249",
			"-106", "-107", "-108", "-109", "-111", "-112", "-1121", "-1122", "-1123", "-1124", "-113", "-1131", "-116", "-121", "-122",
			"-127", "-130", "-131", "-132", "-146", "-153", "-161", "-162",
		},
	} {
		for _, code := range codes {
			out[code] = kind
		}
	}
	return out
}

// hints say more than Zalo's own words.
func hints() map[string]string {
	return map[string]string{
		"-209": "the app is not activated",
		"-212": "the app has not registered the Official Account API",
		"-216": "the access token is invalid",
		"-220": "the access token has ended",
		"-124": "the access token is invalid",
		"-223": "the account has not given the app this right",
		"-136": "the account has no Zalo Cloud Account",
		"-240": "this address of the API was shut down",
	}
}
