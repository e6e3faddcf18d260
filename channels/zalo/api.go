package zalo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// answer is how Zalo's APIs answer, with HTTP status 200 whatever became of it.
type answer struct {
	Error   word            `json:"error"`
	Message word            `json:"message"`
	Data    json.RawMessage `json:"data"`
	// Of the address that renews tokens.
	ErrorName    word `json:"error_name"`
	AccessToken  word `json:"access_token"`
	RefreshToken word `json:"refresh_token"`
	ExpiresIn    word `json:"expires_in"` // seconds, as a text
}

// data is what a success brings.
type data struct {
	MessageID    word `json:"message_id"`
	MsgID        word `json:"msg_id"` // of templates to a phone number
	AttachmentID word `json:"attachment_id"`
	Token        word `json:"token"`
	// Of getoa.
	OAID     word `json:"oaid"`
	Name     word `json:"name"`
	Verified word `json:"is_verified"`
	Package  word `json:"package_name"`
}

// A request is one to the OA API. Its token is a bare header, no bearer:
// OA/bat-dau.
type request struct {
	method, url string
	in          any
	// form is a body that is no JSON, of contentType.
	form        []byte
	contentType string
	// late: a token that has not ended will do, and none is renewed without need.
	late bool
}

// do makes a request and returns what it brought. When Zalo refuses the token, nothing was
// done: the request is made once more, with a new token.
func (c *Channel) do(ctx context.Context, r request) (*data, error) {
	token, err := c.tokens.get(ctx, "", r.late)
	if err != nil {
		return nil, err
	}
	d, err := c.try(ctx, r, token)
	e, ok := errors.AsType[*channels.SendError](err)
	if !ok || !tokenRefused(e.Code) || c.tokens.fixed != "" {
		return d, err
	}
	if token, err = c.tokens.get(ctx, token, r.late); err != nil {
		return nil, err
	}
	return c.try(ctx, r, token)
}

func (c *Channel) try(ctx context.Context, r request, token string) (*data, error) {
	var a answer
	call := channels.Call{
		Method: r.method, URL: r.url, Header: http.Header{"access_token": {token}}, In: r.in,
		Secrets: []string{token, c.secret, c.tokens.appSecret},
		Failure: func(status int, header http.Header, body []byte) *channels.SendError {
			return a.read(status, header, body)
		},
	}
	client := c.http
	if r.form != nil {
		client = posting(c.http, r.form, r.contentType)
	}
	if err := call.Do(ctx, client); err != nil {
		return nil, err
	}
	var d data
	if err := channels.Unmarshal(a.Data, &d); err != nil {
		return nil, &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	}
	return &d, nil
}

// read reads an answer, once, and says what it means.
func (a *answer) read(status int, header http.Header, body []byte) *channels.SendError {
	err := channels.Unmarshal(body, a)
	switch {
	case err == nil && a.Error != "" && a.Error != "0" && (status/100 == 2 || known(string(a.Error))):
		return a.failure(header)
	case status/100 != 2:
		e := channels.StatusError(status, header, body)
		if status == http.StatusNotFound { // the methods are always there: the address is wrong
			e.Kind = channels.ErrUnauthorized
		}
		return e
	case err != nil:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	case a.Error != "0" || !bytes.HasPrefix(a.Data, []byte("{")):
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not one of the OA API")}
	}
	return nil
}

// Check asks about the account and returns its name: OA/quan-ly, getoa. It renews the token
// only when it has ended: a command may be over before Zalo answers.
func (c *Channel) Check(ctx context.Context) (string, error) {
	d, err := c.do(ctx, request{method: http.MethodGet, url: c.apiURL + "/v2.0/oa/getoa", late: true})
	if err != nil {
		return "", fmt.Errorf("ask about the account: %w", err)
	}
	switch {
	case d.OAID == "":
		return "", &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer is not about an account")}
	case c.oaID != "" && string(d.OAID) != c.oaID:
		return "", unauthorized(fmt.Errorf("the token is of the account %s, not of that in oa_id", d.OAID))
	}
	line := fmt.Sprintf("%s (%s)", d.Name, d.OAID)
	if d.Package != "" {
		line += ", " + string(d.Package)
	}
	if d.Verified == "false" {
		line += ", not verified"
	}
	return line, nil
}

// posting returns a client whose requests have another body than their own, one that is no
// JSON.
func posting(client *http.Client, body []byte, contentType string) *http.Client {
	out := *client
	out.Transport = &posted{base: client.Transport, body: body, contentType: contentType}
	return &out
}

type posted struct {
	base        http.RoundTripper
	body        []byte
	contentType string
}

// RoundTrip makes the request.
func (p *posted) RoundTrip(r *http.Request) (*http.Response, error) {
	base := p.base
	if base == nil {
		base = http.DefaultTransport
	}
	out := r.Clone(r.Context())
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(p.body)), int64(len(p.body))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.body)), nil }
	out.Header.Set("Content-Type", p.contentType)
	return base.RoundTrip(out)
}

// web reports whether a text is an address that a phone can open.
func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsAny(s, " \n")
}
