package floor

import (
	"context"
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/state"
)

//go:embed lua/*.lua
var scripts embed.FS

// A store is what the floor uses of a state.Store.
type store interface {
	Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, caller state.Caller) ([]state.Verdict, state.HandOut, error)
	Commit(ctx context.Context, conv state.Conv, token state.Token, event uint64, r state.Result) (state.HandOut, error)
	Mark(ctx context.Context, conv state.Conv, token state.Token, row uint64, attempt int, o state.Outcome) (state.HandOut, error)
	Close() error
}

// A lean store is the least that the promises of a single turn need: a dedupe
// mark, an inbox, a lease, a state and one reply to send, in three small scripts.
// It has no numbers, no history, no journal, no retries, no times to wake, no
// limits, and no way to take over what a dead process held: a model of cost, and
// no store. It takes one event and one row at a time, and sees only rows that
// were sent.
type lean struct {
	redis   *redis
	process string
	names   map[string]string // of the scripts in the cache of Redis
}

// openLean connects to redis://HOST:PORT.
func openLean(ctx context.Context, address, process string) (*lean, error) {
	l := &lean{redis: newRedis(strings.TrimPrefix(address, "redis://")), process: process, names: map[string]string{}}
	for _, name := range []string{"accept", "commit", "finish"} {
		source, err := scripts.ReadFile("lua/" + name + ".lua")
		if err != nil {
			return nil, err
		}
		if _, err := l.redis.do(ctx, "SCRIPT", "LOAD", string(source)); err != nil {
			return nil, fmt.Errorf("load a script: %w", err)
		}
		sum := sha1.Sum(source)
		l.names[name] = hex.EncodeToString(sum[:])
	}
	return l, nil
}

// key is the name of a key of the conversation, all of a partition in one slot.
func key(conv state.Conv, what string) string {
	return "{" + strconv.Itoa(int(conv.Partition())) + "}" + what + ":" + string(conv)
}

// Accept takes one event in.
func (l *lean) Accept(ctx context.Context, conv state.Conv, events []state.NewEvent, _ state.Caller) ([]state.Verdict, state.HandOut, error) {
	e := events[0]
	end := strconv.FormatInt(time.Now().Add(state.LeaseTime).UnixMilli(), 10)
	h, err := l.run(ctx, "accept", 5, key(conv, "l"), key(conv, "i"), key(conv, "s"), key(conv, "once:"+e.DedupeID), key("", "leases"+strconv.Itoa(int(conv.Partition()))),
		string(conv), l.process, string(e.Payload), strconv.FormatInt(e.Window.Milliseconds(), 10), strconv.FormatInt(state.LeaseTime.Milliseconds(), 10), end)
	return nil, h, err
}

// Commit stores the state and the one row of a turn.
func (l *lean) Commit(ctx context.Context, conv state.Conv, _ state.Token, _ uint64, r state.Result) (state.HandOut, error) {
	return l.run(ctx, "commit", 4, key(conv, "l"), key(conv, "i"), key(conv, "s"), key(conv, "o"), l.process, string(r.State), string(r.Rows[0]))
}

// Mark ends the row, which was sent.
func (l *lean) Mark(ctx context.Context, conv state.Conv, _ state.Token, _ uint64, _ int, o state.Outcome) (state.HandOut, error) {
	if o.Kind != state.Sent {
		return state.HandOut{}, errors.New("the lean store knows only rows that were sent")
	}
	return l.run(ctx, "finish", 5, key(conv, "l"), key(conv, "i"), key(conv, "s"), key(conv, "o"), key("", "leases"+strconv.Itoa(int(conv.Partition()))),
		l.process, string(conv))
}

// Close closes the connections.
func (l *lean) Close() error { return l.redis.close() }

// run runs a script and reads what it hands out.
func (l *lean) run(ctx context.Context, name string, keys int, args ...string) (state.HandOut, error) {
	answer, err := l.redis.do(ctx, append([]string{"EVALSHA", l.names[name], strconv.Itoa(keys)}, args...)...)
	if err != nil {
		return state.HandOut{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(answer) == 0 {
		return state.HandOut{}, fmt.Errorf("%s: redis answered nothing", name)
	}
	h := state.HandOut{Kind: state.HandOutKind(answer[0])}
	switch {
	case h.Kind == state.Turn && len(answer) == 3:
		h.Event.Payload, h.State = answer[1], answer[2]
	case h.Kind == state.Send && len(answer) == 2:
		h.Row.Payload = answer[1]
	}
	return h, nil
}
