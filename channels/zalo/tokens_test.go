package zalo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

func TestATokenIsRenewedOnceByManyProcesses(t *testing.T) {
	server := &tokenServer{access: "old", refresh: "refresh0"}
	address := server.start(t)
	for name, content := range map[string]string{
		"ended":         `{"access_token":"old","refresh_token":%q,"expires_in":"90000","expires_at":"` + ended() + `"}`,
		"refused":       `{"access_token":"revoked","refresh_token":%q,"expires_in":90000}`,
		"ends soon":     `{"access_token":"old","refresh_token":%q,"expires_in":"90000","expires_at":"` + time.Now().Add(4*time.Hour).UTC().Format(time.RFC3339) + `"}`,
		"only to renew": `{"refresh_token":%q}`,
	} {
		t.Run(name, func(t *testing.T) {
			server.mu.Lock()
			before, refresh := server.renewals, server.refresh
			server.mu.Unlock()
			s, path := withFile(t, fmt.Sprintf(content, refresh), nil)
			var wg sync.WaitGroup
			for range 3 { // as three processes: what they share is the file
				c := channel(t, s, address)
				for range 4 {
					wg.Go(func() {
						if _, err := c.Send(t.Context(), hello()); err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			if n, _, _ := server.counts(); n != before+1 {
				t.Errorf("%d renewals", n-before)
			}
			access, refresh, ends := saved(t, path)
			if left := time.Until(ends); access != server.access || refresh != server.refresh || left < 24*time.Hour || left > 25*time.Hour {
				t.Errorf("saved %q, %q, ends in %v", access, refresh, left)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
		})
	}
}

func TestATokenThatIsGoodIsNotRenewed(t *testing.T) {
	server := &tokenServer{access: "good", refresh: "refresh0"}
	address := server.start(t)
	s, _ := withFile(t, `{"access_token":"good","refresh_token":"refresh0","expires_in":"90000"}`, nil)
	c := channel(t, s, address)
	for range 3 {
		if _, err := c.Send(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
	}
	if n, refused, _ := server.counts(); n != 0 || refused != 0 {
		t.Errorf("%d renewals, %d refused", n, refused)
	}
}

func TestATokenThatSomebodyElseRenewedIsUsed(t *testing.T) {
	server := &tokenServer{access: "one", refresh: "refresh0"}
	address := server.start(t)
	for _, refresh := range []string{"true", "false"} {
		server.access = "one"
		s, path := withFile(t, `{"access_token":"one","refresh_token":"spent","expires_in":"90000"}`, map[string]string{"refresh": refresh})
		c := channel(t, s, address)
		if _, err := c.Send(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
		server.access = "two"
		if err := os.WriteFile(path, []byte(`{"access_token":"two","refresh_token":"spent"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Send(t.Context(), hello()); err != nil {
			t.Errorf("refresh %s: %v", refresh, err)
		}
	}
	if n, _, _ := server.counts(); n != 0 {
		t.Errorf("%d renewals", n)
	}
}

func TestATokenThatWorksOutlivesAFailedRenewal(t *testing.T) {
	server := &tokenServer{access: "old", refresh: "refresh0", down: true}
	address := server.start(t)
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	s, path := withFile(t, `{"access_token":"old","refresh_token":"refresh0","expires_in":"90000","expires_at":"`+soon+`"}`, nil)
	c := channel(t, s, address)
	for range 2 {
		if _, err := c.Send(t.Context(), hello()); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, n := server.counts(); n != 3 {
		t.Errorf("%d requests: a renewal that failed is not tried again at once", n)
	}
	if access, refresh, _ := saved(t, path); access != "old" || refresh != "refresh0" {
		t.Errorf("saved %q, %q", access, refresh)
	}
}

// A command that only asks renews nothing as long as the token works.
func TestCheckRenewsOnlyWhatHasEnded(t *testing.T) {
	for name, c := range map[string]struct {
		left time.Duration
		want int
	}{"ends soon": {time.Minute, 0}, "ended": {-time.Minute, 1}} {
		server := &tokenServer{access: "old", refresh: "refresh0"}
		address := server.start(t)
		ends := time.Now().Add(c.left).UTC().Format(time.RFC3339)
		s, _ := withFile(t, `{"access_token":"old","refresh_token":"refresh0","expires_in":"90000","expires_at":"`+ends+`"}`, nil)
		_, err := channel(t, s, address).Check(t.Context()) // the server answers as to a message
		if n, refused, _ := server.counts(); n != c.want || refused != 0 || channels.KindOf(err) != channels.ErrUnknown {
			t.Errorf("%s: %d renewals, %d refused, %v", name, n, refused, err)
		}
	}
}

func TestTokensFailWithAKind(t *testing.T) {
	server := &tokenServer{access: "good", refresh: "refresh0"}
	address := server.start(t)
	old := `"expires_in":"90000","expires_at":"` + ended() + `"}`
	for name, c := range map[string]struct {
		content string
		changes map[string]string
		want    string
	}{
		"no file":             {"", nil, "read the token_file"},
		"no JSON":             {`refresh_token=refresh0`, nil, "read the token_file"},
		"no refresh token":    {`{"access_token":"old",` + old, nil, "no refresh_token"},
		"spent refresh token": {`{"access_token":"old","refresh_token":"spentUnlikeAnything",` + old, nil, "consent again"},
		"not renewed here":    {`{"access_token":"old","refresh_token":"refresh0",` + old, map[string]string{"refresh": "false"}, "does not renew"},
		"a line break":        {`{"access_token":"a\nb","refresh_token":"refresh0"}`, nil, "characters"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := withFile(t, c.content, c.changes)
			_, err := channel(t, s, address).Send(t.Context(), hello())
			if channels.KindOf(err) != channels.ErrUnauthorized || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("%v", err)
			}
			if strings.Contains(fmt.Sprint(err), "UnlikeAnything") {
				t.Errorf("a token in the error: %v", err)
			}
		})
	}
	if n, _, _ := server.counts(); n != 0 {
		t.Errorf("%d renewals", n)
	}
}

// A token file that can't be written is found out before the refresh token is spent.
func TestNoRefreshTokenIsSpentWhenItCannotBeSaved(t *testing.T) {
	server := &tokenServer{access: "new", refresh: "refresh0"}
	address := server.start(t)
	s, path := withFile(t, `{"access_token":"old","refresh_token":"refresh0","expires_at":"`+ended()+`"}`, nil)
	if err := os.Mkdir(path+".new", 0o700); err != nil { // where the new file would be written
		t.Fatal(err)
	}
	c := channel(t, s, address)
	if _, err := c.Send(t.Context(), hello()); channels.KindOf(err) != channels.ErrUnauthorized || !strings.Contains(fmt.Sprint(err), "can't be written") {
		t.Errorf("%v", err)
	}
	if _, _, n := server.counts(); n != 0 {
		t.Errorf("%d requests", n)
	}
	if err := os.Remove(path + ".new"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), hello()); err != nil {
		t.Errorf("once it can: %v", err)
	}
}

// New tokens that could not be saved after all are used, and saved as soon as they can be.
func TestTokensThatCouldNotBeSavedAreSavedLater(t *testing.T) {
	server := &tokenServer{access: "old", refresh: "refresh0", hold: make(chan struct{})}
	address := server.start(t)
	s, path := withFile(t, `{"access_token":"old","refresh_token":"refresh0","expires_at":"`+ended()+`"}`, nil)
	c := channel(t, s, address)
	done := make(chan error)
	go func() {
		_, err := c.Send(t.Context(), hello())
		done <- err
	}()
	server.await(t)
	// A folder that is not empty is where the file has to go.
	if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	close(server.hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	if access, refresh, _ := saved(t, path); access != "access1" || refresh != "refresh1" {
		t.Errorf("saved %q, %q", access, refresh)
	}
}

// A renewal goes on when the message that asked for it is given up: its answer is all there
// is of the tokens.
func TestARenewalOutlivesItsMessage(t *testing.T) {
	server := &tokenServer{access: "old", refresh: "refresh0", hold: make(chan struct{})}
	address := server.start(t)
	s, path := withFile(t, `{"access_token":"old","refresh_token":"refresh0","expires_at":"`+ended()+`"}`, nil)
	c := channel(t, s, address)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.Send(ctx, hello())
		done <- err
	}()
	server.await(t)
	cancel()
	if err := <-done; channels.KindOf(err) != channels.ErrRefused || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(server.hold)
	if _, err := c.Send(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	if access, refresh, _ := saved(t, path); access != "access1" || refresh != "refresh1" {
		t.Errorf("saved %q, %q", access, refresh)
	}
	if n, _, _ := server.counts(); n != 1 {
		t.Errorf("%d renewals", n)
	}
}

func TestAFixedTokenThatIsRefusedIsNotTriedAgain(t *testing.T) {
	server := &tokenServer{access: "another", refresh: "refresh0"}
	address := server.start(t)
	_, err := channel(t, spec(), address).Send(t.Context(), hello())
	if _, _, n := server.counts(); channels.KindOf(err) != channels.ErrUnauthorized || n != 1 {
		t.Errorf("%v, %d requests", err, n)
	}
}

// A renewal that brings the refused token again is an error, not a reason to renew once
// more: each renewal spends a refresh token.
func TestATokenThatComesAgainIsNotRenewedWithoutEnd(t *testing.T) {
	var renewals atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v4/oa/access_token" {
			channeltest.JSON(http.StatusOK, `{"error":-216,"message":"Access token is invalid"}`)(w, r)
			return
		}
		channeltest.JSON(http.StatusOK, fmt.Sprintf(`{"access_token":"same","refresh_token":"refresh%d","expires_in":"90000"}`, renewals.Add(1)))(w, r)
	}))
	t.Cleanup(server.Close)
	spec, path := withFile(t, `{"access_token":"same","refresh_token":"refresh0","expires_in":"90000"}`, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := channel(t, spec, server.URL).Send(ctx, hello())
	if channels.KindOf(err) != channels.ErrUnauthorized || renewals.Load() != 1 {
		t.Errorf("%v after %d renewals", err, renewals.Load())
	}
	if _, refresh, _ := saved(t, path); refresh != "refresh1" {
		t.Errorf("the file has %q", refresh)
	}
}
