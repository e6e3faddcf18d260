package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// OpenMedia opens a file by the id that an event gave, and returns its MIME type.
// It asks where the file is, which files.info tells, and fetches it with the token:
// https://docs.slack.dev/reference/objects/file-object. The scope files:read is
// needed.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	if !regexp.MustCompile(`^[A-Z0-9]{2,40}$`).MatchString(id) {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("not the id of a file")}
	}
	var out struct {
		File file `json:"file"`
	}
	if err := c.call(ctx, "files.info?file="+id, nil, &out); err != nil {
		return nil, "", fmt.Errorf("ask for the file: %w", err)
	}
	address := first(out.File.DownloadURL, out.File.URL)
	if !c.ours(address) {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the file is not at Slack")}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the file has no address")}
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: err}
	}
	if e := unopened(resp, out.File.MIME); e != nil {
		_ = resp.Body.Close()
		return nil, "", e
	}
	return resp.Body, mediaType(resp.Header.Get("Content-Type"), out.File.MIME), nil
}

// ours reports whether an address is one of Slack's, or of the server of api_url:
// no other sees the token.
func (c *Channel) ours(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if api, err := url.Parse(c.apiURL); err == nil && u.Host == api.Host && u.Scheme == api.Scheme {
		return true
	}
	host := u.Hostname()
	return u.Scheme == "https" && u.Port() == "" &&
		(strings.HasSuffix(host, ".slack.com") || strings.HasSuffix(host, ".slack-gov.com"))
}

// unopened says why there is no file. Without the scope Slack sends its page for
// signing in, with status 200 or by a redirect.
func unopened(resp *http.Response, fileType string) *channels.SendError {
	answered := mediaType(resp.Header.Get("Content-Type"), "")
	signIn := resp.StatusCode/100 == 2 && answered == "text/html" && mediaType(fileType, "") != "text/html"
	if signIn || resp.StatusCode/100 == 3 {
		return &channels.SendError{
			Kind: channels.ErrUnauthorized, Err: errors.New("Slack wants a sign-in: the token lacks the scope files:read"),
		}
	}
	return channels.StatusError(resp.StatusCode, resp.Header, nil)
}

func mediaType(header, other string) string {
	for _, s := range []string{header, other} {
		if t, _, err := mime.ParseMediaType(s); err == nil && t != "application/octet-stream" && t != "binary/octet-stream" {
			return t
		}
	}
	return "application/octet-stream"
}
