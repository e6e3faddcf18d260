package zalo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// An OA access token lives 25 hours; a refresh token lives three months, works once, and
// brings a new one: OA/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new.
const (
	// unknownLife is assumed of a token whose file does not say how long it lives.
	unknownLife = 25 * time.Hour
	// renewTime is how long a renewal may take, the wait for other processes included.
	renewTime = 30 * time.Second
	// renewPause is how long a token that still works is used after a renewal failed.
	renewPause = time.Minute
)

// tokens gives out access tokens: the fixed one of the settings, or that of the file, which
// it renews in time. One process renews at a time, under a lock of the file, and looks into
// the file first: what another has renewed is used. It is safe for concurrent use.
type tokens struct {
	fixed            string
	file             tokenFile
	refresh          bool
	appID, appSecret string
	oauthURL, name   string
	http             *http.Client
	log              *slog.Logger

	mu      sync.Mutex
	held    pair
	unsaved bool      // held is newer than the file, which could not be written
	notYet  time.Time // before it no renewal is tried while a token works
	flight  *flight
}

// A flight is a renewal that everybody waits for who needs a token.
type flight struct {
	done chan struct{}
	err  error
}

func newTokens(c *channels.Config, appID, oauthURL string) (*tokens, error) {
	t := &tokens{
		fixed: c.Text("access_token"), file: tokenFile{path: c.Text("token_file")}, refresh: c.Text("refresh") != "false",
		appID: appID, appSecret: c.Text("app_secret"), oauthURL: oauthURL, name: c.Name, http: c.HTTP, log: c.Log,
	}
	switch {
	case t.fixed == "" && t.file.path == "":
		return nil, errors.New(`setting "token_file" is missing: write it, or an "access_token" that you renew by yourself`)
	case t.fixed != "" && t.file.path != "":
		return nil, errors.New(`settings "token_file" and "access_token" exclude one another`)
	case t.file.path != "" && t.refresh && t.appSecret == "":
		return nil, errors.New(`setting "app_secret" is missing: tokens are renewed with it; refresh: false only reads the token_file`)
	case t.file.path != "" && t.refresh && !hasFileLocks:
		return nil, errors.New(`setting "token_file" needs file locks, which this system lacks: write refresh: false and renew the tokens elsewhere`)
	}
	for name, s := range map[string]string{"access_token": t.fixed, "app_secret": t.appSecret} {
		if !plain(s) {
			return nil, fmt.Errorf("setting %q has characters that none has", name)
		}
	}
	return t, nil
}

// plain reports whether a text can be a header.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// get returns a token that is not the spent one, which Zalo refused; "" for none. One that
// works will do where late is set, else it is renewed in time. It waits for a renewal at most as long as the context, and the renewal goes on without it: what
// Zalo has answered must not be lost.
func (t *tokens) get(ctx context.Context, spent string, late bool) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", &channels.SendError{Kind: channels.ErrRefused, Err: err}
	}
	if t.fixed != "" {
		if t.fixed == spent {
			return "", &channels.SendError{Kind: channels.ErrUnauthorized, Err: errors.New("the access_token is refused; it lives 25 hours")}
		}
		return t.fixed, nil
	}
	for {
		f, token := t.join(spent, late)
		if f == nil {
			return token, nil
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", &channels.SendError{Kind: channels.ErrRefused, Err: fmt.Errorf("wait for a token: %w", ctx.Err())}
		}
		if f.err != nil {
			return "", f.err
		}
		// It may have begun before this token was refused, and have brought it.
		if token = t.current(); token != spent {
			return token, nil
		}
	}
}

func (t *tokens) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held.Access
}

// join returns the held token when it will do, else the flight that brings another.
func (t *tokens) join(spent string, late bool) (*flight, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.unsaved && t.file.write(t.held) == nil {
		t.unsaved = false
	}
	if t.flight == nil && (t.held.fresh(now, spent) || (late || now.Before(t.notYet)) && t.held.works(now, spent)) {
		return nil, t.held.Access
	}
	if t.flight == nil {
		f := &flight{done: make(chan struct{})}
		t.flight = f
		go func() {
			defer close(f.done)
			f.err = t.renew(spent, late)
			t.mu.Lock()
			defer t.mu.Unlock()
			t.flight = nil
		}()
	}
	return t.flight, ""
}

func (t *tokens) hold(p pair) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held, t.notYet = p, time.Time{}
}

// latest returns what the file has, or what it could not be given yet.
func (t *tokens) latest() (pair, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.unsaved {
		return t.held, nil
	}
	return t.file.read()
}

// renew finds a token: in the file, which another process may have renewed, or at Zalo.
func (t *tokens) renew(spent string, late bool) error {
	p, err := t.latest()
	if err != nil {
		return unauthorized(err)
	}
	now := time.Now()
	if p.fresh(now, spent) || (late || !t.refresh) && p.works(now, spent) {
		t.hold(p)
		return nil
	}
	if !t.refresh {
		return unauthorized(errors.New("the token_file has no token that works, and this process does not renew it"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	unlock, err := t.file.lock(ctx)
	if err != nil {
		return &channels.SendError{Kind: channels.ErrRefused, Err: fmt.Errorf("lock the token_file: %w", err)}
	}
	defer unlock()
	if p, err = t.latest(); err != nil {
		return unauthorized(err)
	}
	if p.fresh(now, spent) {
		t.hold(p)
		return nil
	}
	err = t.exchange(ctx, p)
	if err == nil && t.current() == spent { // who needs another would ask without end
		return unauthorized(errors.New("the renewal brought the token again that is refused"))
	}
	if err == nil || !p.works(now, spent) {
		return err
	}
	t.log.Warn("the Zalo token could not be renewed yet", "channel", t.name, "error", err)
	t.hold(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notYet = now.Add(renewPause)
	return nil
}

// exchange gives Zalo the refresh token for new tokens, and keeps them before anybody uses
// them. That the file can be written is tried first: the old refresh token is spent after.
func (t *tokens) exchange(ctx context.Context, p pair) error {
	if p.Refresh == "" {
		return unauthorized(errors.New("the token_file has no refresh_token"))
	}
	if err := t.file.prepare(); err != nil {
		return unauthorized(fmt.Errorf("the token_file can't be written: %w", err))
	}
	form := url.Values{"refresh_token": {p.Refresh}, "app_id": {t.appID}, "grant_type": {"refresh_token"}}
	var a answer
	call := channels.Call{
		Method: http.MethodPost, URL: t.oauthURL + "/v4/oa/access_token", Header: http.Header{"secret_key": {t.appSecret}},
		Secrets: []string{t.appSecret, p.Refresh, p.Access},
		Failure: func(status int, header http.Header, body []byte) *channels.SendError {
			return a.readToken(status, header, body)
		},
	}
	if err := call.Do(ctx, posting(t.http, []byte(form.Encode()), "application/x-www-form-urlencoded")); err != nil {
		return fmt.Errorf("renew the token: %w", err)
	}
	seconds, err := strconv.ParseInt(string(a.ExpiresIn), 10, 64)
	life := time.Duration(seconds) * time.Second
	if err != nil || seconds <= 0 || seconds > int64(365*24*time.Hour/time.Second) {
		life = unknownLife
	}
	fresh := pair{Access: string(a.AccessToken), Refresh: string(a.RefreshToken), ends: time.Now().Add(life), life: life}
	err = t.file.write(fresh)
	t.hold(fresh)
	t.mu.Lock()
	t.unsaved = err != nil
	t.mu.Unlock()
	if err != nil {
		t.log.Error("the new Zalo tokens could not be saved; if the process ends now, an admin has to consent again", "channel", t.name, "error", err)
	}
	return nil
}

func unauthorized(err error) *channels.SendError {
	return &channels.SendError{Kind: channels.ErrUnauthorized, Err: err}
}

// readToken says what an answer of the token's address means. Its codes are in no table of
// Zalo's: -14002 app, -14004 secret key, -14014 refresh token were observed. Each of them
// is mended by a person.
func (a *answer) readToken(status int, header http.Header, body []byte) *channels.SendError {
	err := channels.Unmarshal(body, a)
	switch {
	case err == nil && a.Error != "" && a.Error != "0":
		words := strings.TrimSuffix(string(cmp.Or(a.ErrorName, a.Message, "no words")), ".")
		e := unauthorized(fmt.Errorf("%s: unless the settings are wrong, an admin has to consent again and the token_file be written anew", words))
		e.Code = string(a.Error)
		return e
	case status/100 != 2:
		return channels.StatusError(status, header, body)
	case err != nil:
		return &channels.SendError{Kind: channels.ErrUnknown, Err: err}
	case a.AccessToken == "" || a.RefreshToken == "" || !plain(string(a.AccessToken)):
		return &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the answer has no tokens")}
	}
	return nil
}
