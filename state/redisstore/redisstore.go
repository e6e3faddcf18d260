// Package redisstore is a store in Redis 7.0 or newer, for one process or many:
// one server, one behind Sentinel, or a cluster.
//
// Each operation is one Lua script on the keys of one partition, so that it is
// atomic and stays within one slot of a cluster; the scripts decide by the clock
// of the server that they run on. Calls of many conversations share round trips.
// What a call returned is as durable as the server keeps it: see [Store.Profile].
//
// All operations may be repeated, so the store repeats them by itself while a
// server restarts, fails over or hands a slot to another: for five seconds, or
// until the context of the call ends.
//
// What nobody needs any more expires in Redis by itself: idle conversations and
// their history, dedupe ids, links, dead letters.
//
// Memory, on Redis 7.0: an idle conversation with a state of 350 bytes takes 0.55
// kB, its history 0.25 kB and the payloads with 20 bytes each, a dedupe id 140
// bytes until its window ends. A conversation that had a turn within the hour takes
// 0.2 kB more, so that repeats are known.
package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/parley-chat/parley/state"
)

// Options of a Store. The zero value is fit for use.
type Options struct {
	// Bot is the name of the bot, part of every key: bots with names of their own
	// share a Redis. It has letters, digits, "-" and "_"; empty means "bot".
	Bot string
	// Retention is how long an idle conversation is kept after its last turn, at
	// least an hour, and HistoryTime, at most that, an entry of its history. Zero
	// means state.Retention and state.HistoryTime.
	Retention, HistoryTime time.Duration
	// Log is told what is lost to a cap. Nil means nowhere.
	Log *slog.Logger
	// Profile is Strict, Replicated, Fast or Memory: servers that keep less are
	// refused. It is the masters that are looked at, when the store is opened: their
	// replicas should have the same settings. Empty takes the servers as they are;
	// see [Store.Profile].
	Profile string
	// Replicas is how many replicas must have what an answer tells of in Replicated,
	// however few are attached. All that are attached always must; zero means one.
	Replicas int
	// Now is the clock of the store for tests that move it, safe for concurrent
	// use. Nil means the clock of Redis, which all processes agree on.
	Now func() time.Time
}

// A Store is a state.Store in Redis. It is safe for concurrent use.
type Store struct {
	client  redis.UniversalClient
	keys    keys
	scripts map[string]script
	now     func() time.Time
	history time.Duration
	log     *slog.Logger
	kept    kept
	lanes   lanes
	// confirmed are the lanes of calls that replicas have to confirm. Others do not
	// wait behind them. Nil: no calls have to.
	confirmed *lanes

	mu      sync.RWMutex // guards closed, and the start of calls against it
	closed  bool
	running sync.WaitGroup
}

var _ state.Store = (*Store)(nil)

// Open connects to the address, one of
//
//	redis://[user:password@]host[:port][/db]
//	redis+cluster://[user:password@]host[:port],host[:port]
//	redis+sentinel://master@host[:port],host[:port][/db]
//
// with rediss for TLS to one server, and ?tls=true for the others; ?ca= is a file
// with the certificates to trust in place of those of the machine, ?cert= and ?key=
// are files that say who we are. Sentinel takes ?username=, ?password= and
// ?sentinel_password= too. Open refuses a server that cannot keep what it is given,
// or less than the profile asks for, and says which setting to change. The context
// bounds the opening only.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	k, err := newKeys(o.Bot)
	if err != nil {
		return nil, err
	}
	uo, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	retention, history, err := ages(o)
	if err != nil {
		return nil, err
	}
	scripts, err := loadScripts(retention, history)
	if err != nil {
		return nil, err
	}
	s := &Store{
		client: redis.NewUniversalClient(uo), keys: k, scripts: scripts, now: o.Now, history: history,
		log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)), lanes: lanes{send: send},
	}
	if o.Profile == Replicated {
		o.Replicas = max(o.Replicas, 1)
		s.confirmed = &lanes{send: (&replicas{least: o.Replicas}).send}
	}
	if s.kept, err = prepare(ctx, s.client, scripts, o); err != nil {
		_ = s.client.Close()
		return nil, fmt.Errorf("state: open redis: %w", explain(err, uo.TLSConfig != nil))
	}
	return s, nil
}

// ages returns how long conversations and their history are kept.
func ages(o Options) (retention, history time.Duration, err error) {
	retention, history = cmp.Or(o.Retention, state.Retention), cmp.Or(o.HistoryTime, state.HistoryTime)
	if retention < time.Hour || history <= 0 {
		return 0, 0, fmt.Errorf("state: open redis: a retention of %s, of the history %s: it takes an hour at least", retention, history)
	}
	return retention, min(history, retention), nil
}

// Quiet keeps the client from writing a line for each connection that is refused:
// calls return that as an error. It holds for all clients of go-redis in the
// process, so it is for programs to call, before the first Open.
func Quiet() {
	redis.SetLogger(logging.NewBlacklistLogger([]string{"failed to dial"}))
}

// Profile returns what the store keeps: Replicated if that was asked for, else what
// the weakest server kept when the store was opened.
func (s *Store) Profile() string { return s.kept.profile }

// Unchecked returns the settings of the servers that matter for the profile and
// could not be asked for, as hosted servers do not allow it. Nil: none.
func (s *Store) Unchecked() []string { return s.kept.unchecked }

// Close lets running calls end and closes the connections. Later calls return
// state.ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.running.Wait()
	s.lanes.wait()
	if s.confirmed != nil {
		s.confirmed.wait()
	}
	if err := s.client.Close(); err != nil {
		return fmt.Errorf("state: close redis: %w", err)
	}
	return nil
}

// enter counts a call as running, unless the store is closed.
func (s *Store) enter() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return state.ErrClosed
	}
	s.running.Add(1)
	return nil
}

// run runs a script on a conversation. ARGV begins with the conversation and the
// time; KEYS are those of the conversation and then more.
func (s *Store) run(ctx context.Context, name string, conv state.Conv, more, args []string) (any, error) {
	return s.one(ctx, name, s.scripted(ctx, name, conv, more, args))
}

// scripted makes the call of a script. Its arguments point into what holds them,
// which a client writes as it writes texts, but takes no room for each.
func (s *Store) scripted(ctx context.Context, name string, conv state.Conv, more, args []string) *call {
	program := s.scripts[name]
	texts := make([]string, 0, conversationKeys+len(more)+2+len(args))
	texts = append(append(s.keys.add(texts, conv, program.keys), more...), string(conv), s.time())
	texts = append(texts, args...)
	all := make([]any, 0, 3+len(texts))
	all = append(all, "evalsha", program.sha, program.keys+len(more))
	for i := range texts {
		all = append(all, &texts[i])
	}
	return newCall(ctx, texts[0], program.source, all)
}

// time is the time for a script: empty to have it look at the clock of its server.
func (s *Store) time() string {
	if s.now == nil {
		return ""
	}
	return strconv.FormatInt(stampOf(s.now()), 10)
}

// one makes a call and returns what Redis answered.
func (s *Store) one(ctx context.Context, name string, c *call) (any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.running.Done()
	if err := s.do(ctx, c); err != nil {
		return nil, fmt.Errorf("state: %s: %w", name, err)
	}
	return s.unwrap(ctx, c.cmd.Val()), nil
}

// unwrap returns the answer of a script, and logs it if dead letters had to go.
func (s *Store) unwrap(ctx context.Context, answer any) any {
	all, _ := answer.([]any)
	if len(all) != 3 || all[0] != "evicted" {
		return answer
	}
	s.log.WarnContext(ctx, "dead letters were dropped: there are too many", "count", all[1])
	return all[2]
}

// do makes a call in the next batch, and again if it has to be repeated.
func (s *Store) do(ctx context.Context, c *call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.submit(c)
	return s.await(ctx, c)
}

// submit puts the call into the lane of its node.
func (s *Store) submit(c *call) {
	node, err := s.node(c)
	if err != nil {
		c.done <- err
		return
	}
	ways := &s.lanes
	if s.confirms(c) {
		ways = s.confirmed
	}
	ways.of(node).add(c, node)
}

// confirms reports whether replicas have to confirm the call.
func (s *Store) confirms(c *call) bool { return s.confirmed != nil && !c.reads() }

// node returns the client of the server that has the key.
func (s *Store) node(c *call) (*redis.Client, error) {
	switch client := s.client.(type) {
	case *redis.Client:
		return client, nil
	case *redis.ClusterClient:
		return client.MasterForKey(c.ctx, c.key)
	}
	return nil, errors.New("a client of an unknown kind")
}

// await waits for the answer to a call that was submitted, and repeats it.
func (s *Store) await(ctx context.Context, c *call) error {
	err := wait(ctx, c)
	if repeatable(err) && ctx.Err() == nil {
		return s.repeat(ctx, c, err)
	}
	return err
}

// wait waits for the answer to a call that was submitted.
func wait(ctx context.Context, c *call) error {
	select {
	case err := <-c.done: // also when the context ended since
		return err
	default:
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.answered.Load() {
			return fmt.Errorf("%w: %w", ctx.Err(), errUnconfirmed)
		}
		return ctx.Err()
	}
}
