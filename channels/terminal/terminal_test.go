package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/terminal"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestSuite(t *testing.T) {
	f := terminal.Factory()
	f.New = func(*channels.Config) (channels.Channel, error) { return terminal.New(io.Discard), nil }
	channeltest.Run(t, channeltest.Spec{Factory: f, Account: "terminal", Conversation: "you", Update: *update})
}

func TestFactoryMakesAChannel(t *testing.T) {
	if c, err := terminal.Factory().New(&channels.Config{}); err != nil || c == nil {
		t.Errorf("%v, %v", c, err)
	}
}

func TestSendWritesTheNumberedText(t *testing.T) {
	var out bytes.Buffer
	c := terminal.New(&out)
	for _, m := range channels.Render(channels.Capabilities{}, channels.Reply{
		Text: "How can we help?", Options: []channels.Option{{ID: "a", Label: "Track"}, {ID: "b", Label: "Return", Hint: "14 days"}},
	}) {
		if _, err := c.Send(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := out.String(), "How can we help?\n1 Track\n2 Return - 14 days\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// broken is a terminal that went away.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestSendSaysWhatFailed(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		text string
		want channels.ErrorKind
	}{
		"cancelled": {gone, "x", channels.ErrRefused},
		"no text":   {t.Context(), " ", channels.ErrInvalid},
		"broken":    {t.Context(), "x", channels.ErrUnknown},
	} {
		_, err := terminal.New(broken{}).Send(c.ctx, &channels.Message{Text: c.text})
		if channels.KindOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
