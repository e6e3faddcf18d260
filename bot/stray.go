package bot

import (
	"context"
	"errors"
	"sync"

	"github.com/parley-chat/parley/state"
)

// leases knows which leases this process has in hand. The store may have given it
// one that it does not know of: when the answer to an Accept or a Claim got lost,
// or the end of a lease could not be reported. Asked again, the store says busy,
// with the token of that lease.
type leases struct {
	mu     sync.Mutex
	byConv map[state.Conv]*held
	// highest is the highest number of a lease that the store gave out, for each of
	// its partitions.
	highest  [state.Partitions]uint64
	wentBack func(partition uint8)
}

// A held is what is known of one conversation.
type held struct {
	asking int         // Accepts and Claims under way, each of which may bring the lease
	inHand state.Token // zero when none is
	told   state.Token // of a lease that was ours and not in hand when the store said so
}

// newLeases calls wentBack when a number that only grows did not: the store has
// lost what it had acknowledged.
func newLeases(wentBack func(partition uint8)) *leases {
	return &leases{byConv: map[state.Conv]*held{}, wentBack: wentBack}
}

// ask begins an Accept or a Claim. Its answer is handed to the function that is
// returned, which takes a lease in hand that came with it, and returns a lease that
// is ours and that nobody here knows of; the zero Token when there is none.
func (t *leases) ask(conv state.Conv) (answered func(h state.HandOut, err error) (stray state.Token)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.byConv[conv]
	if h == nil {
		h = new(held)
		t.byConv[conv] = h
	}
	h.asking++
	before := t.highest[conv.Partition()]
	return func(got state.HandOut, err error) state.Token {
		t.mu.Lock()
		defer t.mu.Unlock()
		h.asking--
		switch {
		case err != nil:
		case got.Kind == state.Turn || got.Kind == state.Send:
			h.inHand, h.told = got.Token, state.Token{}
			t.count(conv.Partition(), before, got.Token.Number)
		case got.Kind == state.Busy && got.Token != h.inHand:
			h.told = got.Token
		}
		return t.stray(conv, h)
	}
}

// count notes the number of a lease that was given out after before was known.
func (t *leases) count(partition uint8, before, number uint64) {
	if number <= before {
		t.highest[partition] = number
		t.wentBack(partition)
		return
	}
	t.highest[partition] = max(t.highest[partition], number)
}

// drop notes that a lease is no longer in hand, whoever has it by now.
func (t *leases) drop(conv state.Conv, token state.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.byConv[conv]; h != nil && h.inHand == token {
		h.inHand = state.Token{}
		t.forget(conv, h)
	}
}

// stray returns the lease that nobody knows of, once no answer that may bring it
// is under way.
func (t *leases) stray(conv state.Conv, h *held) state.Token {
	if h.asking > 0 {
		return state.Token{}
	}
	stray := h.told
	h.told = state.Token{}
	t.forget(conv, h)
	if stray == h.inHand {
		return state.Token{}
	}
	return stray
}

// forget keeps the table as small as what is in hand.
func (t *leases) forget(conv state.Conv, h *held) {
	if h.asking == 0 && h.inHand == (state.Token{}) && t.byConv[conv] == h {
		delete(t.byConv, conv)
	}
}

// returnStray gives a lease back that the store says is ours and that nobody here
// knows of: whatever waits becomes due, and somebody claims it. Else it would wait
// until the lease ends, and count as a death of this process.
func (b *Bot) returnStray(ctx context.Context, conv state.Conv, stray state.Token) {
	if stray == (state.Token{}) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	h, err := b.store.Release(ctx, conv, stray)
	if err != nil && !errors.Is(err, state.ErrClosed) {
		b.log.WarnContext(ctx, "lease of a lost answer not given back", "channel", conv.Channel(), "conversation_hash", hashed(conv), "error", err)
		return
	}
	if err == nil && h.Kind != state.Lost {
		b.log.InfoContext(ctx, "lease of a lost answer given back", "channel", conv.Channel(), "conversation_hash", hashed(conv))
		b.sweeper.lookIn(0)
	}
}
