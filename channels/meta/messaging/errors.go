package messaging

import (
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

// meanings are the codes of the Send API, with their subcodes: …/messenger-platform/error-codes.
// Those of the Graph API are in package meta. 1200 is of an older edition of that page.
func meanings() map[string]meta.Meaning {
	const (
		late   = "more than 24 hours since the person wrote"
		gone   = "the person cannot be reached, or does not want to be"
		other  = "another app has the conversation"
		nobody = "there is no such person for this page or account"
	)
	return map[string]meta.Meaning{
		"10/2018278":  {Kind: channels.ErrWindowClosed, Text: late},
		"10/2018065":  {Kind: channels.ErrWindowClosed, Text: late},
		"10/2534022":  {Kind: channels.ErrWindowClosed, Text: late},
		"551":         {Kind: channels.ErrBlocked, Text: gone},
		"10/2018108":  {Kind: channels.ErrBlocked, Text: gone},
		"200/1545041": {Kind: channels.ErrBlocked, Text: gone},
		"10/1893015":  {Kind: channels.ErrBlocked, Text: "the person wants no such messages"},
		"100/2018001": {Kind: channels.ErrBlocked, Text: nobody},
		"100/2534014": {Kind: channels.ErrBlocked, Text: nobody},
		"10/2018300":  {Kind: channels.ErrInvalid, Text: other},
		"2018300":     {Kind: channels.ErrInvalid, Text: other},
		"100/2534037": {Kind: channels.ErrInvalid, Text: other},
		"100/2018047": {Kind: channels.ErrInvalid, Text: "the media are not of the type that was said"},
		"100/2018109": {Kind: channels.ErrInvalid, Text: "the media are too large"},
		"1/1357046":   {Kind: channels.ErrUnknown, Text: "Meta answered late; the message may have been sent"},
		"1200":        {Kind: channels.ErrUnavailable, Text: "Meta could not send it now"},
		"2018321":     {Kind: channels.ErrUnavailable, Text: "Meta asks the person questions of its own now"},
		"100/2018008": {Kind: channels.ErrUnavailable, Text: "the media could not be fetched"},
		"100/2018294": {Kind: channels.ErrUnavailable, Text: "the video could not be fetched in time, or is broken"},
		"9":           {Kind: channels.ErrRateLimited, Text: "too many requests to this person"},
		"10/1893063":  {Kind: channels.ErrUnauthorized, Text: "the page may not send for a while, for violating a policy"},
		"10/2534077":  {Kind: channels.ErrUnauthorized, Text: "the Instagram account is not linked to the page"},
		"100/2534013": {Kind: channels.ErrUnauthorized, Text: "the page is not linked to an Instagram account"},
		"100/2534029": {Kind: channels.ErrUnauthorized, Text: "the business may not send, for violating a policy"},
		"200/2534041": {Kind: channels.ErrUnauthorized, Text: "the account does not let apps have its messages"},
		"36103":       {Kind: channels.ErrUnauthorized, Text: "the Instagram account may not use the API"},
	}
}
