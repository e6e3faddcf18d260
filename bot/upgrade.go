package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-chat/parley/state"
)

// aliveEvery is how often a process says that it lives.
const aliveEvery = state.AliveTime / 3

// number gives a version its number among all that the processes of this bot have
// had. A conversation that has seen newer flows is left to those who have them.
func (b *Bot) number(ctx context.Context, v *version) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	n, err := b.registerFlows(ctx, v.fingerprint)
	if err != nil {
		return fmt.Errorf("register the flows: %w", err)
	}
	v.number = n
	return nil
}

// registerFlows registers flows and says that a process lives that has them, before any
// conversation can have seen them: who is refused for them finds that somebody has.
func (b *Bot) registerFlows(ctx context.Context, digest string) (uint64, error) {
	n, err := b.store.Register(ctx, digest)
	if err == nil {
		_, err = b.alive(ctx, n, digest)
	}
	return n, err
}

// alive says that this process lives with flows of that number, and returns the
// newest that a living process has.
func (b *Bot) alive(ctx context.Context, number uint64, fingerprint string) (uint64, error) {
	newest, err := b.store.Alive(ctx, b.process, number)
	if err == nil {
		_, err = b.store.Lead(ctx, flowsOf(number, fingerprint), b.process, state.AliveTime)
	}
	return newest, err
}

// flowsOf is what the processes with these flows, under this number, have a leader
// of: so others find out that they have the same.
func flowsOf(number uint64, fingerprint string) string {
	return fmt.Sprintf("flows/%d/%s", number, fingerprint)
}

// liveOn says now and then that this process lives, and with which flows. When it
// was refused a conversation for its older flows, and no process with newer ones
// lives any more, its flows become the newest.
func (b *Bot) liveOn(ctx context.Context) {
	for {
		if err := b.sayAlive(ctx); err != nil && ctx.Err() == nil {
			b.log.DebugContext(ctx, "store does not answer", "doing", "say alive", "error", err)
		}
		if !sleepFor(ctx, aliveEvery) {
			return
		}
	}
}

func (b *Bot) sayAlive(ctx context.Context) error {
	call, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	v := b.version.Load()
	newest, err := b.alive(call, v.number, v.fingerprint)
	if err != nil || !b.refused.Swap(false) {
		return err
	}
	b.reloading.Lock()
	defer b.reloading.Unlock()
	v = b.version.Load()
	if newest > v.number {
		return b.join(call, v, newest)
	}
	n, err := b.registerFlows(call, v.fingerprint)
	if err == nil && n == v.number {
		// The store has forgotten how far it had counted.
		n, err = b.registerFlows(call, fmt.Sprintf("%s again %d", v.fingerprint, v.number))
	}
	if err != nil {
		return err
	}
	next := *v
	before := next.number
	next.number = n
	b.version.Store(&next)
	b.log.WarnContext(ctx, "conversations have seen newer flows, which no process has any more: these flows handle them from now on",
		"flows", next.fingerprint, "number", n, "number_before", before)
	b.sweeper.lookIn(0)
	return nil
}

// join takes the number of a process that has the same flows, and a newer number for
// them.
func (b *Bot) join(ctx context.Context, v *version, newest uint64) error {
	nobody, err := b.store.Lead(ctx, flowsOf(newest, v.fingerprint), b.process, time.Millisecond)
	if err != nil || nobody {
		return err
	}
	next := *v
	next.number = newest
	b.version.Store(&next)
	_, err = b.alive(ctx, newest, v.fingerprint)
	return err
}

// leave takes the process off the list of those that live.
func (b *Bot) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, courtesyTime)
	defer cancel()
	if _, err := b.store.Alive(ctx, b.process, 0); err != nil {
		b.log.DebugContext(ctx, "store does not answer", "doing", "leave", "error", err)
	}
}
