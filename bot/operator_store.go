package bot

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/state"
)

// storeOperations are those of a store in this process.
type storeOperations struct {
	store state.Store
	// media are forgotten with their conversation. It is nil when there are none.
	media func() (*media.Store, error)
	// again has the bot look for work in a while; nil when none runs here.
	again func(in time.Duration)
	// hindrances are those of the bot that runs here; nil when none does.
	hindrances func() map[string]ChannelReport
	process    string
}

func (s *storeOperations) letters(ctx context.Context, after string, limit int) ([]DeadLetter, error) {
	page, err := s.store.DeadLetters(ctx, after, limit)
	out := make([]DeadLetter, len(page))
	for i, l := range page {
		out[i] = DeadLetter{Letter: l, Size: len(l.Payload)}
		out[i].Payload = nil
	}
	return out, err
}

// letter looks through all of them: a store knows no other way to one.
func (s *storeOperations) letter(ctx context.Context, id string) (state.Letter, error) {
	for after := ""; ; {
		page, err := s.store.DeadLetters(ctx, after, lettersAtOnce)
		if err != nil {
			return state.Letter{}, fmt.Errorf("look for the dead letter: %w", err)
		}
		for _, l := range page {
			if l.ID == id {
				return l, nil
			}
		}
		if len(page) < lettersAtOnce || page[len(page)-1].ID > id {
			return state.Letter{}, state.ErrNotFound
		}
		after = page[len(page)-1].ID
	}
}

func (s *storeOperations) retry(ctx context.Context, id string) error {
	err := s.store.Retry(ctx, id)
	if err == nil && s.again != nil {
		s.again(0)
	}
	return err
}

func (s *storeOperations) drop(ctx context.Context, id string) error { return s.store.Drop(ctx, id) }

func (s *storeOperations) forget(ctx context.Context, conv state.Conv) (bool, error) {
	known, err := s.conversation(ctx, conv)
	if err != nil {
		return false, err
	}
	kept, err := s.kept()
	if err != nil {
		return false, fmt.Errorf("find the media of the conversation: %w", err)
	}
	if err := s.store.Forget(ctx, conv); err != nil {
		return false, fmt.Errorf("forget the conversation: %w", err)
	}
	if kept == nil {
		return known.Known(), nil
	}
	defer kept.Close()
	// After the conversation: nobody can find links to them any more.
	if err := kept.Forget(ctx, string(conv)); err != nil {
		return false, fmt.Errorf("the conversation is erased, its media are not, try again: %w", err)
	}
	return known.Known(), nil
}

// kept is the store of media; nil when there is none.
func (s *storeOperations) kept() (*media.Store, error) {
	if s.media == nil {
		return nil, nil
	}
	return s.media()
}

// A backuper is a store that can write a copy of itself while it is used.
type backuper interface {
	Backup(ctx context.Context, w io.Writer) error
}

func (s *storeOperations) backup(ctx context.Context, w io.Writer) error {
	b, ok := s.store.(backuper)
	if !ok {
		return ErrNotEmbedded
	}
	return b.Backup(ctx, w)
}

func (s *storeOperations) examine(ctx context.Context) (r StoreReport, err error) {
	if i, ok := s.store.(state.Inspector); ok {
		r.Findings = i.Inspect(ctx)
	}
	letters, err := (&Operator{on: s}).Letters(ctx, LetterFilter{})
	if err != nil {
		return r, err
	}
	if r.Letters = len(letters); len(letters) > 0 {
		r.Oldest = letters[0].At
	}
	if r.Backlog, err = s.store.Backlog(ctx, maxBacklog); err != nil {
		return r, fmt.Errorf("count what waits: %w", err)
	}
	if r.Channels, err = s.waiting(ctx); err != nil {
		return r, err
	}
	return r, s.probe(ctx, &r)
}

// probes is how many events a probe makes durable.
const probes = 20

// probe measures how long an event takes to be durable. Its conversation is leased
// to this process meanwhile, so that nobody handles what is in it; should it be left
// behind, bots drop it.
func (s *storeOperations) probe(ctx context.Context, r *StoreReport) (err error) {
	conv := state.NewConv(probeChannel, "~", rand.Text())
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
		defer cancel()
		if gone := s.store.Forget(clean, conv); gone != nil && err == nil {
			err = fmt.Errorf("forget the probe: %w", gone)
		}
	}()
	caller := state.Caller{Process: s.process + "~probe", Room: true}
	took := make([]time.Duration, probes)
	for i := range took {
		// Without a window its id is not remembered.
		event := state.NewEvent{DedupeID: rand.Text(), Payload: []byte("{}")}
		began, wall := time.Now(), time.Now().Round(0)
		_, h, err := s.store.Accept(ctx, conv, []state.NewEvent{event}, caller)
		if err != nil {
			return fmt.Errorf("make an event durable: %w", err)
		}
		took[i] = time.Since(began)
		if i == 0 && !h.Now.IsZero() {
			r.Ahead = h.Now.Sub(wall.Add(took[i] / 2))
		}
	}
	slices.Sort(took)
	r.Accept = took[probes/2]
	return nil
}

// openedOperations are those of a store that was opened for them.
type openedOperations struct{ *storeOperations }

// Close closes the store.
func (o openedOperations) Close() error { return o.store.Close() }
