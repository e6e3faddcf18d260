package innopaas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// mediaHosts reads the setting of that name: schemes with hosts, and nothing else.
func mediaHosts(list []string) (map[string]bool, error) {
	hosts := map[string]bool{}
	for _, s := range list {
		u, err := url.Parse(strings.TrimSuffix(s, "/"))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
			u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New(`setting "media_hosts" is a list of https://host`)
		}
		hosts[origin(u)] = true
	}
	return hosts, nil
}

func origin(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }

// guarded reports whether a link opens only with the credentials. These go to the
// hosts of the settings and nowhere else, whatever a webhook says.
func (c *Channel) guarded(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.User == nil && c.mediaHosts[origin(u)]
}

// OpenMedia opens a link of a host of the setting media_hosts with the app key and
// the token, and returns its MIME type.
func (c *Channel) OpenMedia(ctx context.Context, id string) (io.ReadCloser, string, error) {
	if !c.guarded(id) {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the link is not of a host in media_hosts")}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, id, http.NoBody)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the link is no address")}
	}
	r.Header = c.credentials()
	resp, err := c.http.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return nil, "", &channels.SendError{Kind: channels.ErrUnavailable, Err: fmt.Errorf("open the media: %w", err)}
	}
	if e := channels.StatusError(resp.StatusCode, resp.Header, nil); e != nil {
		_ = resp.Body.Close()
		return nil, "", e
	}
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		t = "application/octet-stream"
	}
	return resp.Body, t, nil
}
