package inspect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/corpus"
)

// A Replay says how a record is sent again. The zero value sends it as it came.
type Replay struct {
	// To is where; nil is where the Inspector forwards to, or else its own answer.
	To *url.URL
	// Resign signs the request for now: signatures that cover the time get old.
	Resign bool
	// Fresh gives messages new ids and the time of now, and signs them: a bot takes
	// what it has seen for a repeat of the platform, and does nothing.
	Fresh bool
}

// Replay sends a record again, and keeps what comes of it as a record of its own,
// which it returns. Its request waits for the answer.
func (i *Inspector) Replay(ctx context.Context, r *Record, o Replay) (*Record, error) {
	if r.Request.Cut {
		return nil, fmt.Errorf("webhook %d can't be replayed: its body is not whole", r.N)
	}
	again := &Record{Time: i.o.Now(), ReplayOf: r.N, Request: r.Request}
	if r.ReplayOf != 0 {
		again.ReplayOf = r.ReplayOf
	}
	again.Request.Remote = ""
	if o.Fresh {
		if err := i.renew(again); err != nil {
			return nil, fmt.Errorf("webhook %d can't be made fresh: %w", r.N, err)
		}
	}
	if o.Resign || o.Fresh {
		if err := i.sign(ctx, again); err != nil {
			return nil, fmt.Errorf("webhook %d can't be signed: %w", r.N, err)
		}
	}
	to := i.o.Forward
	if o.To != nil {
		to = o.To
	}
	i.handle(ctx, again, nil, to, nil)
	if again.N == 0 {
		return nil, errors.New("the replay could not be kept")
	}
	return again, ctx.Err()
}

// platform finds a channel, and how its platform is played.
func (i *Inspector) platform(name string) (*channel, *channels.Simulation, error) {
	c := i.channels[name]
	if c == nil || c.Channel == nil {
		return nil, nil, errors.New("no channel reads it")
	}
	if c.spec.Factory.Simulation == nil {
		return nil, nil, corpus.ErrNoWebhooks
	}
	sim := c.spec.Factory.Simulation(c.config())
	if sim == nil {
		return nil, nil, corpus.ErrNoWebhooks
	}
	return c, sim, nil
}

// replayed names the payload in a corpus; no sample is named so.
const replayed = "this webhook"

// renew gives the messages of a request new ids.
func (i *Inspector) renew(r *Record) error {
	name, _ := channelName(r)
	c, _, err := i.platform(name)
	if err != nil {
		return err
	}
	co, err := corpus.Open(c.spec.Factory, c.config(), rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	if err != nil {
		return err
	}
	co.Add(replayed, []byte(r.Request.Body))
	sample, _ := co.Sample(replayed)
	switch {
	case sample.Refused != 0:
		return errors.New("the channel refuses it")
	case len(sample.Events) == 0:
		return errors.New("it has no event")
	}
	draft, err := co.Draft(sample, corpus.Want{})
	if err != nil {
		return err
	}
	if draft.Same() {
		return errors.New("nothing in it tells one message from another")
	}
	payload, err := draft.Payload(r.Time)
	if err != nil {
		return err
	}
	r.Request.Body = Text(payload.Body)
	return nil
}

// sign signs a request as its platform does.
func (i *Inspector) sign(ctx context.Context, r *Record) error {
	name, _ := channelName(r)
	_, sim, err := i.platform(name)
	if err != nil {
		return err
	}
	if sim.Sign != nil {
		signed := i.request(r)
		if err := sim.Sign(signed); err != nil {
			return err
		}
		r.Request.Header, r.Request.Body = headerOf(signed.Header), Text(signed.Body)
		r.Request.Target = Text(r.Path())
		if q := signed.URL.RawQuery; q != "" {
			r.Request.Target += Text("?" + q)
		}
	}
	trial := &Record{Time: r.Time, Request: r.Request}
	trial.Request.Header = maps.Clone(r.Request.Header)
	if i.judge(ctx, trial, nil, false); trial.Signature == SignatureFailed {
		return errors.New("the channel does not take the signature that can be made here")
	}
	return nil
}
