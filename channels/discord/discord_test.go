package discord_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/discord"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// keyOf makes a key pair of a text.
func keyOf(text string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(text))
	return ed25519.NewKeyFromSeed(seed[:])
}

// publicKey is that of Discord in these tests.
func publicKey() string {
	public, _ := keyOf("discord").Public().(ed25519.PublicKey)
	return hex.EncodeToString(public)
}

// spec describes the channel; its secrets are unlike anything else.
func spec() channeltest.Spec {
	return channeltest.Spec{
		Factory:  discord.Factory(),
		Settings: map[string]string{"token": "MTk4NjIy.marked.bot-token", "public_key": publicKey()},
		Account:  "775799577604522054", Conversation: "645027906669510667:9007199254740993",
		Inbound: &channeltest.Inbound{
			Setting: "public_key", Header: "X-Signature-Ed25519", Sign: sign, SignsBody: true,
		},
		Signing: map[string]string{"private_key": hex.EncodeToString(keyOf("discord").Seed())},
		API: &channeltest.API{
			Answer:    `{"id":"1100000000000000007","type":0,"content":"Hello","channel_id":"645027906669510667","author":{"id":"775799577604522054"}}`,
			MessageID: "1100000000000000007",
			Headers:   []string{"Authorization", "Content-Type", "User-Agent"},
			Failures:  failures(),
		},
		Update: *update,
	}
}

// sign signs as whoever has the private half of a public key: Discord, or somebody
// else.
func sign(r *channels.Request, public string) {
	key := keyOf("discord")
	if public != publicKey() {
		key = keyOf(public)
	}
	at := strconv.FormatInt(r.Now.Unix(), 10)
	r.Header.Set("X-Signature-Timestamp", at)
	r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(key, append([]byte(at), r.Body...))))
}

func failures() []channeltest.Failure {
	var out []channeltest.Failure
	add := func(kind channels.ErrorKind, status int, codes ...int) {
		for _, code := range codes {
			word := strconv.Itoa(code)
			out = append(out, channeltest.Failure{
				Name: word, Status: status, Body: `{"message":"It is so","code":` + word + `}`, Kind: kind, Code: word,
			})
		}
	}
	add(channels.ErrBlocked, http.StatusNotFound, 10003, 10004, 10007, 10013)
	add(channels.ErrBlocked, http.StatusForbidden, 40007, 50001, 50007, 50009, 50013, 50095, 50278, 999999)
	add(channels.ErrBlocked, http.StatusBadRequest, 40058, 40067, 50008, 50024, 50033, 50083, 160005)
	add(channels.ErrUnauthorized, http.StatusUnauthorized, 40001, 50014, 50025)
	add(channels.ErrUnauthorized, http.StatusForbidden, 40002, 40012, 20012)
	add(channels.ErrRateLimited, http.StatusBadRequest, 20016, 20028, 20029, 40003, 40062)
	add(channels.ErrUnavailable, http.StatusForbidden, 40004, 40006, 40333, 110001, 130000)
	add(channels.ErrUnavailable, http.StatusNotFound, 10015, 10062)
	add(channels.ErrUnavailable, http.StatusUnauthorized, 50027)
	add(channels.ErrUnavailable, http.StatusBadRequest, 40094)
	add(channels.ErrInvalid, http.StatusBadRequest, 20009, 40005, 50006, 50035, 50109, 200000, 240000, 999999)
	limit := func(name, header, body string, want time.Duration) channeltest.Failure {
		return channeltest.Failure{
			Name: name, Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": header},
			Body: body, Kind: channels.ErrRateLimited, RetryAfter: want,
		}
	}
	return append(out,
		limit("limited for a while", "65", `{"message":"You are being rate limited.","retry_after":64.57,"global":false}`, 65*time.Second),
		limit("limited, in the body only", "", `{"message":"You are being rate limited.","retry_after":64.57,"global":true}`, 65*time.Second),
		limit("limited for a day", "", `{"message":"You are being rate limited.","retry_after":86400}`, time.Hour),
		limit("limited with a code", "3", `{"message":"You are being rate limited.","retry_after":2.1,"code":20028}`, 3*time.Second),
		limit("limited by a blocked code", "3", `{"message":"Slow","retry_after":2.1,"code":50013}`, 3*time.Second),
		channeltest.Failure{
			Name: "wrong token", Status: http.StatusUnauthorized, Body: `{"message":"401: Unauthorized","code":0}`,
			Kind: channels.ErrUnauthorized, Code: "401",
		},
		channeltest.Failure{
			Name: "bad body", Status: http.StatusBadRequest, Body: `{"message":"400: Bad Request","code":0}`, Kind: channels.ErrInvalid, Code: "400",
		},
		channeltest.Failure{Name: "no gateway", Status: http.StatusBadGateway, Body: "<html></html>", Kind: channels.ErrUnavailable, Code: "502"},
		channeltest.Failure{
			Name: "down with a code", Status: http.StatusInternalServerError, Body: `{"message":"500","code":50035}`,
			Kind: channels.ErrUnavailable, Code: "500",
		},
		channeltest.Failure{
			Name: "the token in the message", Status: http.StatusBadRequest, Body: `{"message":"MTk4NjIy.marked.bot-token","code":50035}`,
			Kind: channels.ErrInvalid, Code: "50035",
		},
	)
}

func TestSuite(t *testing.T) { channeltest.Run(t, spec()) }

func FuzzParseDiscordWebhook(f *testing.F) { channeltest.FuzzReceive(f, spec()) }

// channel makes the channel, with changes to the spec's settings.
func channel(t *testing.T, apiURL string, changes map[string]string) *discord.Channel {
	t.Helper()
	s := spec()
	for k, v := range changes {
		s.Settings[k] = v
	}
	c, ok := channeltest.New(t, s, apiURL).(*discord.Channel)
	if !ok {
		t.Fatal("not a channel of Discord")
	}
	return c
}
