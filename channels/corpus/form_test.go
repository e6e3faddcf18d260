package corpus_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// A former is a channel whose platform posts forms.
type former struct{ name string }

func (f former) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	form, err := url.ParseQuery(string(r.Body))
	at, errTime := strconv.ParseInt(form.Get("At"), 10, 64)
	if err := errors.Join(err, errTime); err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: "no form"}
	}
	return &channels.Received{Events: []channels.Event{{
		Kind: channels.KindMessage, Channel: f.name, Account: "us", Conversation: form.Get("From"), Sender: channels.Sender{ID: form.Get("From")},
		ID: form.Get("Sid"), DedupeID: form.Get("Sid"), Text: form.Get("Body"), Time: time.Unix(at, 0),
	}}}, nil
}

func (former) Send(context.Context, *channels.Message) (channels.Receipt, error) {
	return channels.Receipt{}, nil
}

func formFactory(samples fs.FS) channels.Factory {
	return channels.Factory{
		Type: "former", New: func(c *channels.Config) (channels.Channel, error) { return former{c.Name}, nil },
		Simulation: func(*channels.Config) *channels.Simulation {
			return &channels.Simulation{
				Samples: samples, Timeout: time.Second, Retries: channels.AssumedRetries,
			}
		},
	}
}
