package twilio

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/parley-chat/parley/channels"
)

// maxHops is how many redirects lead to a medium: Twilio's API leads to its storage.
const maxHops = 3

// OpenMedia opens a medium by the id that an event gave, and returns its MIME type:
// …/messaging/api/media-resource. The credentials go to the API only, not to where it
// redirects to.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	if !mediaPath(id) {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("not the id of a medium of Twilio's")}
	}
	address, authorization := c.apiURL+id, c.authorization(false)
	for range maxHops {
		resp, err := c.open(ctx, address, authorization)
		if err != nil {
			return nil, "", err
		}
		if resp.StatusCode/100 == 2 {
			return resp.Body, mediaType(resp.Header.Get("Content-Type")), nil
		}
		_ = resp.Body.Close()
		if resp.StatusCode/100 != 3 {
			return nil, "", channels.StatusError(resp.StatusCode, resp.Header, nil)
		}
		if address = c.next(address, resp.Header.Get("Location")); address == "" {
			break
		}
		authorization = ""
	}
	return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("the medium is not where Twilio says")}
}

func (c *Channel) open(ctx context.Context, address, authorization string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the medium has no address")}
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	once := *c.http
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, &channels.SendError{Kind: channels.ErrUnavailable, Err: err}
	}
	return resp, nil
}

// next is where a redirect leads: to an address with TLS, or to the server of api_url;
// "" elsewhere.
func (c *Channel) next(from, location string) string {
	base, err := url.Parse(from)
	if err != nil || location == "" {
		return ""
	}
	u, err := base.Parse(location)
	if err != nil {
		return ""
	}
	api, err := url.Parse(c.apiURL)
	if u.Scheme == "https" || err == nil && u.Scheme == api.Scheme && u.Host == api.Host {
		return u.String()
	}
	return ""
}

func mediaType(header string) string {
	if t, _, err := mime.ParseMediaType(header); err == nil {
		return t
	}
	return "application/octet-stream"
}
