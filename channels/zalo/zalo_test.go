package zalo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/zalo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	app     = "3608465248940903967"
	account = "388613280878808645"
	person  = "246845883529197922"
	sent    = `{"data":{"quota":{"quota_type":"reply"},"message_id":"63ecf43f0df7dba892e6","user_id":"246845883529197922","sent_time":"1626926349402"},"error":0,"message":"Success"}`
)

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory: zalo.Factory(),
		Settings: map[string]string{
			"app_id": app, "oa_id": account, "oa_secret_key": "0aSecretKeyUnlikeAnything", "access_token": "acc3ssTokenUnlikeAnything",
			"give_back": "Our assistant is here again.", "groups": "true",
		},
		Lists:   map[string][]string{"templates": {"order sent = 345467(customer_name, order_code)", "reminder=7895417a7d3f9461cd2e()", "share = request_user_info(title, subtitle, image_url)"}},
		Account: account, Conversation: person,
		Inbound: &channeltest.Inbound{
			Setting: "oa_secret_key", Header: "X-ZEvent-Signature", SignsBody: true,
			Sign: func(r *channels.Request, secret string) { sign(r, app, secret) },
		},
		API: &channeltest.API{
			Answer: sent, MessageID: "63ecf43f0df7dba892e6", Headers: []string{"Content-Type", "access_token"}, Failures: failures(),
		},
		Update: *update,
	}
}

// sign adds Zalo's proof: SHA-256 of the id, the body, its timestamp and the secret.
func sign(r *channels.Request, id, secret string) {
	var body struct {
		Timestamp any `json:"timestamp"`
	}
	timestamp := ""
	if err := channels.Decode(r.Body, &body); err == nil {
		switch t := body.Timestamp.(type) {
		case string:
			timestamp = t
		case json.Number:
			timestamp = t.String()
		}
	}
	sum := sha256.Sum256([]byte(id + string(r.Body) + timestamp + secret))
	r.Header.Set("X-ZEvent-Signature", "mac="+hex.EncodeToString(sum[:]))
}

// refusal is an answer of the API as it documents them: always with status 200.
func refusal(code, words string, kind channels.ErrorKind) channeltest.Failure {
	return channeltest.Failure{Name: "code " + code, Status: 200, Kind: kind, Code: code, Body: `{"error":` + code + `,"message":"` + words + `"}`}
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	for kind, codes := range map[channels.ErrorKind]map[string]string{
		channels.ErrUnauthorized: {
			"-204": "Offical Account is disable", "-205": "Offical Account is not exist", "-209": "Not supported this api",
			"-212": "App has not registed this api", "-216": "Access token is invalid", "-219": "App is removed or disabled",
			"-220": "access_token is expired or removed", "-221": "The OA needs to be verified to use this feature",
			"-223": "Official Account has not authorized this API", "-224": "The OA needs to upgrade OA Tier Package",
			"-235": "This API does not support this type of OA", "-242": "Invalid appsecret_proof", "-320": "connect with Zalo Cloud Account",
			"-321": "Zalo Cloud Account out of money", "-115": "Out of quota", "-124": "Access token invalid", "-136": "ZCA connection required",
		},
		channels.ErrBlocked: {
			"-213": "User has not followed OA", "-217": "User has blocked invitation from OA", "-227": "User is banned or inactive",
			"-237": "The group is disabled", "-244": "User has restricted this message type", "-403": "OA is not in group",
			"-114": "User cannot receive message", "-118": "Zalo account does not exist", "-119": "Account cannot receive message",
			"-139": "User refused this ZNS content type", "-141": "User refused ZNS from this OA",
		},
		channels.ErrWindowClosed: {
			"-218": "Out of quota receive", "-230": "User has not interacted with the OA in the past 7 days", "-232": "User has not interacted",
			"-234": "This message cannot be sent at night", "-133": "cannot be sent at night", "-1472": "daily promotion limit for this user",
		},
		channels.ErrInvalid: {
			"-201": "text is invalid!", "-210": "Parameter exceeds allowable limit", "-233": "message type is invalid or not support",
			"-240": "MessageV2 API has been shut down, please switch to MessageV3", "-248": "Violates our platform standards",
			"-249": "Template does not support send via UID", "-108": "Phone number invalid", "-1122": "Missing template parameter", "-9999": "new",
		},
		channels.ErrUnavailable: {"-100": "Unknown error", "-200": "Send message failed"},
		channels.ErrRateLimited: {"-32": "Your application reached limit call api"},
	} {
		for code, words := range codes {
			out = append(out, refusal(code, words, kind))
		}
	}
	for _, code := range []string{"-211", "-144"} {
		f := refusal(code, "Out of quota", channels.ErrRateLimited)
		f.RetryAfter = time.Hour
		out = append(out, f)
	}
	return append(out, []channeltest.Failure{
		{
			Name: "rate limit with a time", Status: 200, Header: map[string]string{"Retry-After": "3"}, Code: "-32",
			Body: `{"error":-32,"message":"Your OA reached limit call api"}`, Kind: channels.ErrRateLimited, RetryAfter: 3 * time.Second,
		},
		{Name: "the code is a text", Status: 200, Kind: channels.ErrBlocked, Code: "-213", Body: `{"error":"-213","message":"User has not followed OA","data":[]}`},
		{Name: "the token in the words", Status: 200, Kind: channels.ErrInvalid, Code: "-201", Body: `{"error":-201,"message":"acc3ssTokenUnlikeAnything is invalid"}`},
		{Name: "without words", Status: 200, Kind: channels.ErrInvalid, Code: "-201", Body: `{"error":-201}`},
		{Name: "a code with another status", Status: 400, Kind: channels.ErrWindowClosed, Code: "-230", Body: `{"error":-230,"message":"x"}`},
		{Name: "an unknown code with a bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "502", Body: `{"error":-9999}`},
		{Name: "wrong address", Status: 404, Kind: channels.ErrUnauthorized, Code: "404", Body: "<html></html>"},
		{Name: "bad gateway", Status: 502, Kind: channels.ErrUnavailable, Code: "502", Body: "<html></html>"},
	}...)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseZaloWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// with returns the spec with other settings; "" takes one away.
func with(changes map[string]string) channeltest.Spec {
	s := spec()
	s.Settings = maps.Clone(s.Settings)
	for k, v := range changes {
		if v == "" {
			delete(s.Settings, k)
		} else {
			s.Settings[k] = v
		}
	}
	return s
}

func channel(t *testing.T, s channeltest.Spec, apiURL string) *zalo.Channel {
	t.Helper()
	c, ok := channeltest.New(t, s, apiURL).(*zalo.Channel)
	if !ok {
		t.Fatal("not a zalo channel")
	}
	return c
}

// answers makes an API that answers by path; anything else is not found.
func answers(t *testing.T, byPath map[string]string) *channeltest.FakeAPI {
	t.Helper()
	return channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := byPath[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		channeltest.JSON(http.StatusOK, body)(w, r)
	}, "access_token")
}
