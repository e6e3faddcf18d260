package meta_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/meta"
)

func app(t *testing.T, apiURL, verify string) *meta.App {
	t.Helper()
	a, err := meta.New(&channels.Config{HTTP: channels.NewClient(), Values: map[string]string{
		"access_token": "EAAtoken", "app_secret": "secret0of0the0app", "verify_token": "token of handshakes",
		"api_url": apiURL, "api_version": "v25.0", "verify": verify,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// status returns the status of a refusal, 0 for none.
func status(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*channels.RequestError](err)
	if !ok {
		t.Fatalf("not a RequestError: %v", err)
	}
	if strings.Contains(err.Error(), "secret0of0the0app") || strings.Contains(err.Error(), "sha256=") {
		t.Errorf("the reason helps: %v", err)
	}
	return e.Status
}

// TestSignIsHMACSHA256 compares with the test case 2 of RFC 4231.
func TestSignIsHMACSHA256(t *testing.T) {
	const want = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	if got := meta.Sign([]byte("what do ya want for nothing?"), "Jefe"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestVerifyTakesWhatTheAppSecretSigned(t *testing.T) {
	body := []byte(`{"object":"page"}`)
	good := meta.Sign(body, "secret0of0the0app")
	for name, c := range map[string]struct {
		method, signature, verify string
		want                      int
	}{
		"signed":              {"POST", good, "on", 0},
		"unsigned":            {"POST", "", "on", 401},
		"another secret":      {"POST", meta.Sign(body, "x"), "on", 401},
		"another body":        {"POST", meta.Sign([]byte("{}"), "secret0of0the0app"), "on", 401},
		"without its name":    {"POST", strings.TrimPrefix(good, "sha256="), "on", 401},
		"of an older kind":    {"POST", "sha1=5bdcc146bf60754e6a042426089575c75a003f08", "on", 401},
		"unsigned and off":    {"POST", "", "off", 0},
		"a GET":               {"GET", good, "on", 405},
		"a GET that is off":   {"GET", good, "off", 405},
		"with a blank behind": {"POST", good + " ", "on", 401},
	} {
		r := &channels.Request{Method: c.method, URL: &url.URL{}, Header: http.Header{}, Body: body}
		r.Header.Set(meta.SignatureHeader, c.signature)
		if got := status(t, app(t, "https://graph.example.test", c.verify).Verify(r)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestHandshakeEchoesTheChallengeToMetaOnly(t *testing.T) {
	for query, want := range map[string]int{
		"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=token+of+handshakes": 0,
		"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=wrong":               401,
		"hub.mode=subscribe&hub.challenge=1158201444":                                      401,
		"": 401,
		"hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=token+of+handshakes":                              400,
		"hub.mode=subscribe&hub.verify_token=token+of+handshakes":                                                400,
		"hub.mode=subscribe&hub.verify_token=token+of+handshakes&hub.challenge=" + strings.Repeat("1", 257):      400,
		"hub.mode=subscribe&hub.verify_token=token+of+handshakes&hub.challenge=a%0D%0Ab":                         400,
		"hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong&hub.verify_token=token+of+handshakes":         401,
		"hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=token+of+handshakes&something=different": 0,
	} {
		r := &channels.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: query}}
		got, err := app(t, "https://graph.example.test", "off").Handshake(r)
		if s := status(t, err); s != want {
			t.Errorf("%s: %d, want %d", query, s, want)
		}
		if err == nil && (string(got.Body) != r.URL.Query().Get("hub.challenge") || got.ContentType != "text/plain; charset=utf-8" || got.Status != 200) {
			t.Errorf("%s: %+v", query, got)
		}
	}
	if _, err := app(t, "https://graph.example.test", "on").Handshake(&channels.Request{Method: http.MethodPost, URL: &url.URL{}}); status(t, err) != 405 {
		t.Errorf("a POST: %v", err)
	}
}

func TestNewNeedsTheAppSecretUnlessVerifyIsOff(t *testing.T) {
	values := map[string]string{"access_token": "EAA", "verify_token": "x", "api_url": "https://graph.example.test", "api_version": "v25.0", "verify": "on"}
	if _, err := meta.New(&channels.Config{Values: values}); err == nil || !strings.Contains(err.Error(), "app_secret") {
		t.Errorf("%v", err)
	}
	values["verify"] = "off"
	if _, err := meta.New(&channels.Config{Values: values}); err != nil {
		t.Error(err)
	}
	values["access_token"] = ""
	if _, err := meta.New(&channels.Config{Values: values}); err == nil || !strings.Contains(err.Error(), "access_token") {
		t.Errorf("%v", err)
	}
}

func TestCallPutsTheTokenIntoTheHeaderAlone(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"id":"7"}`), "Authorization")
	var out struct {
		ID string `json:"id"`
	}
	if err := app(t, api.URL+"/", "on").Call(t.Context(), http.MethodGet, "me?fields=id", nil, &out, nil); err != nil || out.ID != "7" {
		t.Fatalf("%q, %v", out.ID, err)
	}
	if s := api.Sent()[0]; s.Path != "/v25.0/me?fields=id" || s.Header["Authorization"] != "Bearer EAAtoken" {
		t.Errorf("%+v", s)
	}
}

func TestFailureAsksThePlatformsCodesFirst(t *testing.T) {
	own := map[string]meta.Meaning{
		"100": {Kind: channels.ErrBlocked, Text: "the person is gone"}, "10/2018278": {Kind: channels.ErrWindowClosed, Text: "too late"},
	}
	for body, want := range map[string]channels.ErrorKind{
		`{"error":{"code":100}}`:                    channels.ErrBlocked,
		`{"error":{"code":100,"error_subcode":33}}`: channels.ErrUnauthorized,
		`{"error":{"code":190}}`:                    channels.ErrUnauthorized,
		`{"error":{"code":10}}`:                     channels.ErrUnauthorized,
		`{"error":{"code":10,"error_subcode":1}}`:   channels.ErrUnauthorized,
		`{"error":{"code":230}}`:                    channels.ErrUnauthorized,
		`{"error":{"code":80006}}`:                  channels.ErrRateLimited,
		`{"error":{"code":80015}}`:                  channels.ErrInvalid,
		`{"error":{}}`:                              channels.ErrInvalid,
		`{"error":null}`:                            channels.ErrInvalid,
		`{`:                                         channels.ErrInvalid,
	} {
		if e := meta.Failure(own)(http.StatusBadRequest, http.Header{}, []byte(body)); e == nil || e.Kind != want || e.Err == nil || e.Code == "" {
			t.Errorf("%s: %v", body, e)
		}
	}
	pair := `{"error":{"code":10,"error_subcode":2018278}}`
	if e := meta.Failure(own)(http.StatusBadRequest, http.Header{}, []byte(pair)); e.Kind != channels.ErrWindowClosed || e.Code != "10/2018278" {
		t.Errorf("a subcode: %v", e)
	}
	if e := meta.Failure(own)(http.StatusOK, http.Header{}, []byte(`{"id":"1"}`)); e != nil {
		t.Errorf("a success: %v", e)
	}
}

func TestWordTakesTextsAndNumbersWithTheirDigits(t *testing.T) {
	for body, want := range map[string]meta.Word{
		`"a\u0000b"`: "ab", `9007199254740993`: "9007199254740993", `-1`: "-1", `true`: "true", `null`: "", `{"a":1}`: "", `[1]`: "",
	} {
		got := meta.Word("before")
		if err := channels.Unmarshal([]byte(body), &got); err != nil || got != want {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
}
