package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
)

// A Simulation is one conversation without a store, a platform or a real clock:
// what `parley chat` talks to. Flows, calls and rendering are those of a running
// bot, and calls are made for real. It belongs to one goroutine.
type Simulation struct {
	bot     *flows.Bot
	options Options
	calls   *caller
	channel string
	look    channels.Capabilities
	clock   time.Duration // how far its clock is ahead
	state   []byte
	wake    time.Time
}

// A Moment is what one event, or one wake time, brought.
type Moment struct {
	At       time.Time
	Messages []channels.Message
	Handoff  *flows.Handoff
	Trace    *flows.Trace
}

// NewSimulation begins a conversation with a bot on one of its channels; "" is
// the first of bot.yaml. Of the options it uses those of calls: Handlers,
// AllowHosts, Log, Now, Random.
func NewSimulation(bot *flows.Bot, channel string, o Options) (*Simulation, error) {
	o.Bot = bot
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Simulation{options: o}
	s.Reload(bot)
	return s, s.Switch(channel)
}

// Reload goes on with other flows. The conversation keeps its state.
func (s *Simulation) Reload(bot *flows.Bot) {
	s.bot = bot
	s.calls = (&Bot{o: s.options, log: s.options.Log, under: newUnderWay()}).newCaller(bot.HTTPAllow)
}

// Switch goes on as if on another channel of bot.yaml, or on one of a type.
func (s *Simulation) Switch(channel string) error {
	for _, c := range s.bot.Channels {
		if channel != "" && channel != c.Name && channel != c.Factory.Type {
			continue
		}
		s.channel, s.look = c.Name, channels.Capabilities{}
		if c.Factory.Capabilities != nil {
			s.look = c.Factory.Capabilities(&channels.Config{Name: c.Name, Values: c.Config, Lists: c.Lists, Log: s.options.Log})
		}
		return nil
	}
	return fmt.Errorf("there is no channel %q in bot.yaml", channel)
}

// Channel returns the name of the channel.
func (s *Simulation) Channel() string { return s.channel }

// Now returns the time in the simulation.
func (s *Simulation) Now() time.Time { return s.options.Now().Add(s.clock) }

// State returns the state of the conversation as it is stored.
func (s *Simulation) State() []byte { return s.state }

// Reset forgets the conversation.
func (s *Simulation) Reset() { s.state, s.wake = nil, time.Time{} }

// Take handles an event.
func (s *Simulation) Take(ctx context.Context, e channels.Event) (Moment, error) {
	e.Time = s.Now()
	return s.turn(ctx, &e)
}

// Advance moves the clock; what becomes due on the way happens at its time.
func (s *Simulation) Advance(ctx context.Context, d time.Duration) ([]Moment, error) {
	end := s.Now().Add(d)
	var moments []Moment
	for !s.wake.IsZero() && !s.wake.After(end) && len(moments) < 1000 {
		s.clock += max(s.wake.Sub(s.Now()), 0)
		m, err := s.turn(ctx, nil)
		if err != nil {
			return moments, err
		}
		moments = append(moments, m)
	}
	s.clock += max(end.Sub(s.Now()), 0)
	return moments, nil
}

// turn runs a turn, its calls included.
func (s *Simulation) turn(ctx context.Context, e *channels.Event) (Moment, error) {
	in := flows.Input{
		State: s.state, Event: e, Channel: s.channel, Account: "simulation", Conversation: "simulation",
		Now: s.Now(), Seed: s.options.Random(), Explain: true,
	}
	for range maxCalls {
		out, err := s.bot.Turn(in)
		if err != nil {
			return Moment{}, fmt.Errorf("run a turn: %w", err)
		}
		if out.Request == nil {
			s.state, s.wake = out.State, out.Wake
			return Moment{At: in.Now, Messages: s.messages(in.Now, out), Handoff: out.Handoff, Trace: out.Trace}, nil
		}
		result := s.calls.make(ctx, *out.Request, HandlerCall{
			Channel: in.Channel, Account: in.Account, Conversation: in.Conversation, Key: out.Request.IdempotencyKey, Now: in.Now,
		})
		in.Results = append(in.Results, result)
	}
	return Moment{}, fmt.Errorf("the turn asked for more than %d calls", maxCalls)
}

// messages renders the replies as the channel shows them.
func (s *Simulation) messages(now time.Time, out flows.Output) []channels.Message {
	var list []channels.Message
	for _, r := range out.Replies {
		list = append(list, renderAt(s.look, r, now, out.LastIn)...)
	}
	return list
}
