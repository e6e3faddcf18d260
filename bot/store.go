package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/memstore"
	"github.com/parley-chat/parley/state/redisstore"
)

// openStore opens the store of the options, else that of bot.yaml:
//
//	file:DIR            embedded, relative to the bot folder, durable before each answer
//	memory:             gone with the process
//	redis://HOST        one Redis, for many processes; rediss:// with TLS
//	redis+cluster://…   a cluster: HOST,HOST
//	redis+sentinel://…  one Redis behind Sentinel: MASTER@HOST,HOST
//
// It must keep what the profile of bot.yaml asks for; a store of the options answers
// for itself. about is what the log says of it.
func (b *Bot) openStore(ctx context.Context, l *loaded) (store state.Store, about []any, err error) {
	if b.o.Store != nil {
		return b.o.Store, []any{"store", "own"}, nil
	}
	address, profile, kept := cmp.Or(b.o.State, l.state), l.profile, l.retention
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "memory":
		if profile != "" && profile != redisstore.Memory {
			return nil, nil, fmt.Errorf("profile: %s needs a store that keeps something; memory: keeps nothing. Write state: file:data, or profile: memory", profile)
		}
		return memstore.New(memstore.Options{Now: b.o.Now, Log: b.log, Retention: kept.Conversation, HistoryTime: kept.History}), []any{"store", "memory", "profile", "memory"}, nil
	case "file":
		if rest == "" {
			return nil, nil, errors.New("state: file: names no folder; write file:data")
		}
		if profile == redisstore.Replicated {
			return nil, nil, errors.New("profile: replicated needs a store in Redis with replicas; file: is on one disk. Write state: redis://HOST, or profile: strict")
		}
		s, err := openFile(ctx, b.dataDir(rest), filestore.Options{Now: b.o.Now, Log: b.log, Retention: kept.Conversation, HistoryTime: kept.History})
		if err != nil {
			return nil, nil, fmt.Errorf("open the store %s: %w", address, err)
		}
		return s, []any{"store", "file", "profile", "strict"}, nil
	case "redis", "rediss", "redis+cluster", "redis+sentinel":
		return b.openRedis(ctx, l, scheme, address)
	}
	return nil, nil, errors.New("state: not an address of a store; use file:DIR, redis://HOST or memory:")
}

// openFile opens an embedded store, and waits a moment for one that an operator's
// command holds: a bot that runs would listen.
func openFile(ctx context.Context, dir string, o filestore.Options) (*filestore.Store, error) {
	for until := time.Now().Add(openPatience); ; {
		s, err := filestore.Open(dir, o)
		if !errors.Is(err, filestore.ErrInUse) || time.Now().After(until) {
			return s, err
		}
		if conn, dialled := dialSocket(ctx, dir); dialled == nil {
			_ = conn.Close() // it was only asked for
			return nil, err
		}
		if !sleepFor(ctx, 50*time.Millisecond) {
			return nil, err
		}
	}
}

// openRedis opens a store in Redis. What Redis keeps decides what may be promised,
// so it says which profile that is, and what of it could not be checked.
func (b *Bot) openRedis(ctx context.Context, l *loaded, scheme, address string) (state.Store, []any, error) {
	redisstore.Quiet()
	open, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	s, err := redisstore.Open(open, address, redisstore.Options{
		Bot: l.name, Profile: l.profile, Log: b.log, Retention: l.retention.Conversation, HistoryTime: l.retention.History,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("open the store: %w", err)
	}
	if s.Profile() == redisstore.Memory && l.profile == "" {
		b.log.WarnContext(ctx, "this Redis keeps nothing on disk: what it acknowledged is gone when it stops",
			"fix", "CONFIG SET appendonly yes, and in its redis.conf; or write profile: memory")
	}
	about := []any{"store", scheme, "profile", s.Profile()}
	if unchecked := s.Unchecked(); unchecked != nil {
		about = append(about, "unchecked", strings.Join(unchecked, ", "))
	}
	return s, about, nil
}

// dataDir is the folder of a file store; a relative one lies in the bot folder.
func (b *Bot) dataDir(dir string) string { return storeFolder(b.o, dir) }
