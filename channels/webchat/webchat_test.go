package webchat

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestChannel(t *testing.T) {
	channeltest.Run(t, channeltest.Spec{
		Factory:      Factory(),
		Settings:     map[string]string{"title": "Acme", "secret": "a-marked-secret-of-web-chat"},
		Lists:        map[string][]string{"origins": {"https://shop.example.com"}},
		Account:      "web",
		Conversation: "Zm9yIHRoZSBzdWl0ZSBvbmx5",
		Update:       *update,
	})
}

func TestSendReturnsTheReference(t *testing.T) {
	ch := newTestChannel(t, nil)
	m := &channels.Message{Account: "web", Conversation: "c", Ref: "00112233445566778899aabbccddeeff", Text: "hi"}
	if got, err := ch.Send(t.Context(), m); err != nil || got.MessageID != m.Ref {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ch.Send(ctx, m); channels.KindOf(err) != channels.ErrRefused || !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
	if _, err := ch.Send(t.Context(), &channels.Message{Text: "hi"}); channels.KindOf(err) != channels.ErrInvalid {
		t.Errorf("to nobody: %v", err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		setting, value, want string
	}{
		{"color", "red", `color: "red" is not like #3d5af1`},
		{"color", "#12345", `color: "#12345" is not like #3d5af1`},
		{"color", "#12345g", `color: "#12345g" is not like #3d5af1`},
		{"color", "#+12345", `color: "#+12345" is not like #3d5af1`},
		{"title", strings.Repeat("é", 61), "title: longer than 60 characters"},
		{"title", "   ", "title: not a text"},
		{"secret", "too short", "secret: needs at least 16 characters"},
		{"identity_secret", "thirty-one characters are too few"[:31], "identity_secret: needs at least 32 characters"},
		{"scheme", "night", `scheme: "night" is none of auto, light, dark`},
		{"position", "top", `position: "top" is none of auto, left, right`},
		{"radius", "29", "radius: not a whole number from 0 to 28"},
		{"radius", "round", "radius: not a whole number from 0 to 28"},
		{"logo", "javascript:alert(1)", `logo: "javascript:alert(1)" is not like https://shop.example.com/logo.png`},
		{"logo", "logo.png", `logo: "logo.png" is not like https://shop.example.com/logo.png`},
		{"language", "klingon!", `language: "klingon!" is not like pt-BR`},
		{"texts", "de.welcome=", `texts: "de.welcome=": the text has 1 to 300 characters`},
		{"texts", "klingon!.send=a", `texts: "klingon!.send=a": "klingon!" is no language, such as de or pt-BR`},
		{"uploads", "png", `uploads: "png" is not like image/* or application/pdf`},
		{"uploads", "*/*", `uploads: "*/*" is not like image/* or application/pdf`},
		{"uploads", "image/p*", `uploads: "image/p*" is not like image/* or application/pdf`},
		{"upload_size", "0", "upload_size: not a whole number from 1 to 100"},
		{"origins", "*", `origins: "*": name each site, there are no wildcards`},
		{"origins", "https://*.example.com", `origins: "https://*.example.com": name each site, there are no wildcards`},
		{"origins", "shop.example.com", `origins: "shop.example.com" is not like https://shop.example.com`},
		{"origins", "null", `origins: "null" is not like https://shop.example.com`},
		{"origins", "ftp://shop.example.com", `origins: "ftp://shop.example.com" is not like https://shop.example.com`},
		{"origins", "https://shop.example.com/", `origins: "https://shop.example.com/": browsers write it as "https://shop.example.com"`},
		{"origins", "https://Shop.example.com", `origins: "https://Shop.example.com": browsers write it as "https://shop.example.com"`},
		{"origins", "https://shop.example.com:443", `origins: "https://shop.example.com:443": browsers write it as "https://shop.example.com"`},
		{"origins", "https://a@shop.example.com", `origins: "https://a@shop.example.com": browsers write it as "https://shop.example.com"`},
		{"origins", "https://a;b", `origins: "https://a;b" is not like https://shop.example.com`},
		{"origins", "https://büro.example", `origins: "https://büro.example": browsers write other letters in hosts as xn--…`},
	} {
		t.Run(tt.setting+" "+tt.value, func(t *testing.T) {
			c := &channels.Config{Name: "web", Values: map[string]string{tt.setting: tt.value}}
			if slices.Contains([]string{"origins", "texts", "uploads"}, tt.setting) {
				c = &channels.Config{Name: "web", Lists: map[string][]string{tt.setting: {tt.value}}}
			}
			_, err := Factory().New(c)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestTextIsReadableOnAnyColor walks the colors that an author may choose.
func TestTextIsReadableOnAnyColor(t *testing.T) {
	for n := 0; n < 1<<24; n += 0x2f1d {
		name := fmt.Sprintf("#%06x", n)
		c, err := parseColor(name)
		if err != nil {
			t.Fatal(err)
		}
		if c.String() != name {
			t.Fatalf("%s is written as %s", name, c)
		}
		th := newTheme(c)
		for what, got := range map[string]float64{
			"on the color":     contrast(th.onAccent, th.accent),
			"on a row":         contrast(th.light, white.mixed(c, hover)),
			"on a row, dark":   contrast(th.dark, darkSurface.mixed(c, hover)),
			"on the dark page": contrast(th.dark, color{0x16 / 255.0, 0x18 / 255.0, 0x1d / 255.0}),
			"on light":         contrast(th.light, lightSurface),
			"on white":         contrast(th.light, white),
			"on dark":          contrast(th.dark, darkSurface),
		} {
			if got < readable {
				t.Errorf("%s: text %s has a contrast of %.2f", name, what, got)
			}
		}
	}
	if got := contrast(black, white); math.Abs(got-21) > 0.001 {
		t.Errorf("black on white is %f", got)
	}
}
