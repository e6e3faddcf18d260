// Package meta holds what the channels of Meta's platforms (WhatsApp, Messenger,
// Instagram) share: the settings of an app, the signature and the handshake of its
// webhooks, calls of the Graph API, and what the errors of that API mean.
package meta

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

// An App is an app of the Meta developer console with its access token.
type App struct {
	secret, verifyToken, token string
	base                       string // with the version, without a slash at the end
	verify                     bool
	http                       *http.Client
}

// Settings describes the settings of an app.
func Settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "access_token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The access token. That of a system user does not expire; the one that the console shows first ends after a day.",
			Example: "${ env.META_ACCESS_TOKEN }",
		},
		{
			Name: "app_secret", Kind: channels.SettingSecret,
			Doc:     "The app secret, in the console under App settings, Basic. Meta signs webhooks with it. Needed unless verify is off.",
			Example: "${ env.META_APP_SECRET }",
		},
		{
			Name: "verify_token", Kind: channels.SettingSecret, Own: true, Required: true,
			Doc:     "A secret of your own, the same as Verify token in the console's webhook settings.",
			Example: "${ env.META_VERIFY_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without a signature of the app_secret are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: "https://graph.facebook.com",
			Doc:     "The address of the Graph API.",
			Example: "https://graph.facebook.com",
		},
		{
			Name: "api_version", Kind: channels.SettingText, Default: "v25.0",
			Doc:     "The version of the Graph API. Meta keeps each for about two years.",
			Example: "v25.0",
		},
	}
}

// New makes an app from the settings that Settings describes. An error names the
// setting.
func New(c *channels.Config) (*App, error) {
	a := &App{
		secret: c.Text("app_secret"), verifyToken: c.Text("verify_token"), token: c.Text("access_token"),
		verify: c.Text("verify") != "off", http: c.HTTP,
	}
	for _, name := range []string{"access_token", "app_secret", "verify_token"} {
		if s := c.Text(name); s != strings.TrimSpace(s) || strings.ContainsFunc(s, unprintable) {
			return nil, fmt.Errorf("setting %q has white space at an end, or characters that it cannot have", name)
		}
	}
	if a.token == "" {
		return nil, errors.New(`setting "access_token" is missing`)
	}
	if a.verify && a.secret == "" {
		return nil, errors.New(`setting "app_secret" is missing: set it, or write verify: off to take webhooks from anybody`)
	}
	version := c.Text("api_version")
	if n, ok := strings.CutPrefix(version, "v"); !ok || n == "" || strings.Trim(n, "0123456789.") != "" {
		return nil, errors.New(`setting "api_version" is a version such as v25.0`)
	}
	u, err := url.Parse(c.Text("api_url"))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`setting "api_url" is an address without a query`)
	}
	a.base = strings.TrimSuffix(u.String(), "/") + "/" + version
	return a, nil
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// VerifyToken returns the token of handshakes, for platforms that can be told where
// their webhooks go.
func (a *App) VerifyToken() string { return a.verifyToken }

// secrets are what no error may hold.
func (a *App) secrets() []string { return []string{a.token, a.secret, a.verifyToken} }

// Call calls the Graph API: the path is below the version and is escaped already.
// What its errors mean is said by meanings, keyed by code or "code/subcode", then by
// [Meanings].
func (a *App) Call(ctx context.Context, method, path string, in, out any, meanings map[string]Meaning) error {
	call := channels.Call{
		Method: method, URL: a.base + "/" + path, Header: a.credentials(), In: in, Out: out,
		Secrets: a.secrets(), Failure: Failure(meanings),
	}
	return call.Do(ctx, a.http)
}

// credentials are the headers of every request. The token is in no address, so that
// it is in no log on the way.
func (a *App) credentials() http.Header {
	return http.Header{"Authorization": {"Bearer " + a.token}}
}

// Home reports whether an address is one of the Graph API, where the token may go.
func (a *App) Home(u *url.URL) bool {
	home, err := url.Parse(a.base)
	return err == nil && strings.EqualFold(u.Scheme, home.Scheme) && strings.EqualFold(u.Host, home.Host)
}

// Open opens an address with the token and returns its MIME type. The caller has
// made sure that the token may go there. Errors are *channels.SendError.
func (a *App) Open(ctx context.Context, address string) (io.ReadCloser, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, "", &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New("the media have no address")}
	}
	r.Header = a.credentials()
	resp, err := a.http.Do(r)
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
