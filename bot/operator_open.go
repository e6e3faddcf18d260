package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/redisstore"
)

// openPatience is how long the folder of a store may be held by a process that
// does not listen: it starts, or stops, or is another operator.
const openPatience = 3 * time.Second

// OpenOperator reaches the store of a bot. One that is embedded is held by the bot
// while it runs: then the bot is asked, through a socket in the folder of the
// store; else the store is opened. Redis is opened either way. Of the options Dir,
// Bot, State, Store, Env and Now count, and of a bot folder only what names the
// store: mistakes in flows don't keep anybody from their dead letters. A Store of
// the options is not closed.
//
// It is [ErrNoData] when the bot never ran, [ErrInMemory] when nothing is kept, a
// [ForeignError] when the store belongs to another user, [filestore.ErrInUse] when
// somebody holds the folder who does not listen, a [NoAnswerError] when the bot
// takes the connection and says nothing, and a [spec.Error] when the bot folder
// does not say which store it is.
func OpenOperator(ctx context.Context, o Options) (*Operator, error) {
	place, err := PlaceOf(o)
	if err != nil {
		return nil, err
	}
	info := StoreInfo{Kind: place.Kind, Dir: place.Dir}
	here := &storeOperations{store: o.Store, process: rand.Text(), media: func() (*media.Store, error) { return mediaStore(o, place) }}
	switch place.Kind {
	case "own":
		return &Operator{on: here, info: info}, nil
	case "memory":
		return nil, ErrInMemory
	case "file":
		return openEmbedded(ctx, o, info, here)
	}
	redisstore.Quiet()
	open, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	here.store, err = redisstore.Open(open, place.address, redisstore.Options{
		Bot: place.bot, Retention: place.retention.Conversation, HistoryTime: place.retention.History,
	})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return &Operator{on: openedOperations{here}, info: info}, nil
}

// CheckProfile says why a bot with that profile of bot.yaml would not start on the
// store that the options name: it keeps less. Nil when it would, and for stores of
// the options.
func CheckProfile(ctx context.Context, o Options, profile string) error {
	place, err := PlaceOf(o)
	switch {
	case err != nil:
		return err
	case profile == "" || place.Kind == "own" || place.Kind == "file" && profile != redisstore.Replicated || place.Kind == profile:
		return nil
	case place.Kind == "file":
		return errors.New("profile: replicated needs a store in Redis with replicas; file: is on one disk. Write state: redis://HOST, or profile: strict")
	case place.Kind == "memory":
		return fmt.Errorf("profile: %s needs a store that keeps something; memory: keeps nothing. Write state: file:data, or profile: memory", profile)
	}
	redisstore.Quiet()
	s, err := redisstore.Open(ctx, place.address, redisstore.Options{Bot: place.bot, Profile: profile})
	if err != nil {
		return err
	}
	return s.Close()
}

// openEmbedded asks the bot that runs, or opens the store.
func openEmbedded(ctx context.Context, o Options, info StoreInfo, here *storeOperations) (*Operator, error) {
	switch there, err := filestore.Exists(info.Dir); {
	case err != nil:
		return nil, StoreError(info.Dir, err)
	case !there:
		return nil, fmt.Errorf("%w in %s: the bot never ran", ErrNoData, info.Dir)
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	for {
		conn, err := dialSocket(ctx, info.Dir)
		if err == nil {
			_ = conn.Close() // somebody listens; each request has a connection of its own
			info.Running = true
			r := newRemote(info.Dir)
			if err := r.greet(ctx); err != nil {
				return nil, errors.Join(err, r.Close())
			}
			return &Operator{on: r, info: info}, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			return nil, StoreError(info.Dir, err)
		}
		store, err := filestore.Open(info.Dir, filestore.Options{Now: o.Now, Retention: filestore.AsBefore, HistoryTime: filestore.AsBefore})
		if err == nil {
			here.store = store
			return &Operator{on: openedOperations{here}, info: info}, nil
		}
		if !errors.Is(err, filestore.ErrInUse) || ctx.Err() != nil {
			return nil, StoreError(info.Dir, err)
		}
		timer := time.NewTimer(50 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// A ForeignError says that a store belongs to another user of this machine, who has
// to do what was asked for.
type ForeignError struct {
	// Dir is the folder of the store, User the name of who has it, or the number.
	Dir, User string
}

// Error says who it belongs to, and what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s belongs to user %s: run this as %s (sudo -u %s parley …)", e.Dir, e.User, e.User, e.User)
}

// StoreError explains why the embedded store in dir can't be opened: as a
// [ForeignError] when it belongs to another user.
func StoreError(dir string, err error) error {
	if user, other := filestore.Owner(dir); other && errors.Is(err, fs.ErrPermission) {
		return &ForeignError{Dir: dir, User: user}
	}
	text := err.Error()
	for _, doing := range []string{"open", "restore", "compact"} {
		text = strings.TrimPrefix(text, "state: "+doing+" "+dir+": ")
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		text = p.Err.Error() // the file is none that anybody named
	}
	return &placeError{text: "the store in " + dir + ": " + text, err: err}
}

// A placeError says what is wrong with a store, without naming it three times.
type placeError struct {
	text string
	err  error
}

func (e *placeError) Error() string { return e.text }
func (e *placeError) Unwrap() error { return e.err }
