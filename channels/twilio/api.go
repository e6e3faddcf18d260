package twilio

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/parley-chat/parley/channels"
)

// A request is one to an API of Twilio: with a form, with JSON or without a body.
type request struct {
	method, url string
	form        url.Values
	in          any
	// asAccount takes the auth token, if there is one, even where an API key is set: a
	// standard key may not ask about accounts (…/iam/api-keys).
	asAccount bool
}

func (c *Channel) call(ctx context.Context, r request, out any) error {
	call := channels.Call{
		Method: r.method, URL: r.url, Form: r.form, In: r.in, Out: out, Failure: failure,
		Header:  http.Header{"Authorization": {c.authorization(r.asAccount)}},
		Secrets: []string{c.token, c.keySecret},
	}
	return call.Do(ctx, c.http)
}

// authorization is that of …/usage/requests-to-twilio: the API key, else the account.
func (c *Channel) authorization(asAccount bool) string {
	user, password := c.account, c.token
	if c.key != "" && !(asAccount && c.token != "") {
		user, password = c.key, c.keySecret
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// accountURL is the address of the account.
func (c *Channel) accountURL() string { return c.apiURL + "/2010-04-01/Accounts/" + c.account }

// answer is what the APIs say of a failure: code of a request that was refused
// (…/usage/twilios-response), error_code of a message that was taken and has failed.
type answer struct {
	Code      channels.Integer `json:"code"`
	ErrorCode channels.Integer `json:"error_code"`
}

// failure says what an answer means: the code if it is in the table, else the HTTP status.
// A path that is not there is a wrong account_sid or api_url.
func failure(status int, header http.Header, body []byte) *channels.SendError {
	e := channels.StatusError(status, header, body)
	var a answer
	if err := channels.Decode(body, &a); err != nil {
		a = answer{}
	}
	code := a.Code
	if e == nil {
		code = a.ErrorCode
	}
	if code == "" || code == "0" {
		return misaddressed(e)
	}
	m, known := meaningOf(string(code))
	switch {
	case known:
	case e != nil:
		m = meaning{misaddressed(e).Kind, "Twilio refused the request; see twilio.com/docs/api/errors"}
	default:
		m = meaning{channels.ErrInvalid, "Twilio took the message and it failed; see twilio.com/docs/api/errors"}
	}
	out := &channels.SendError{Kind: m.kind, Code: string(code), Err: errors.New(m.text)}
	if m.kind == channels.ErrRateLimited || m.kind == channels.ErrUnavailable {
		now, _ := http.ParseTime(header.Get("Date"))
		out.RetryAfter, _ = channels.RetryAfter(header.Get("Retry-After"), now)
	}
	return out
}

func misaddressed(e *channels.SendError) *channels.SendError {
	if e != nil && (e.Code == strconv.Itoa(http.StatusNotFound) || e.Code == strconv.Itoa(http.StatusMethodNotAllowed)) {
		e.Kind, e.Err = channels.ErrUnauthorized, errors.New("nothing is there; see the settings account_sid and api_url")
	}
	return e
}
