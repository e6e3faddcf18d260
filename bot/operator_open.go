package bot

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
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
// It is [ErrNoData] when the bot never ran, [ErrInMemory] when nothing is kept,
// [filestore.ErrInUse] when somebody holds the folder who does not listen, and a
// [spec.Error] when the bot folder does not say which store it is.
func OpenOperator(ctx context.Context, o Options) (*Operator, error) {
	place, err := PlaceOf(o)
	if err != nil {
		return nil, err
	}
	info := StoreInfo{Kind: place.Kind, Dir: place.Dir}
	here := &storeOperations{store: o.Store, process: rand.Text()}
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
		return errors.New("profile: replicated needs a store in Redis with replicas; file: is on one disk")
	case place.Kind == "memory":
		return fmt.Errorf("profile: %s needs a store that keeps something; memory: keeps nothing", profile)
	}
	redisstore.Quiet()
	s, err := redisstore.Open(ctx, place.address, redisstore.Options{Bot: place.bot, Profile: profile})
	if err != nil {
		return err
	}
	return s.Close()
}

// A StorePlace says where the store of a bot is.
type StorePlace struct {
	StoreInfo
	bot, address string
	retention    flows.Retention
}

// PlaceOf says where the store is that the options, or the bot folder, name, and
// opens nothing. See [OpenOperator] for what of the folder counts.
func PlaceOf(o Options) (StorePlace, error) {
	kind, _, _ := strings.Cut(o.State, ":")
	switch {
	case o.Store != nil || kind == "file" || kind == "memory": // nothing else is needed
		return placeAt(o, flows.Place{})
	case o.Bot != nil:
		return placeAt(o, flows.Place{Bot: o.Bot.Name, State: o.Bot.State, Retention: o.Bot.Retention})
	}
	l, report := flows.LoadPlace(o.Dir, o.LoadOptions(flows.MissingEnvError))
	report.Under(o.Dir)
	if err := report.Err(); err != nil {
		return StorePlace{}, fmt.Errorf("find the store: %w", err)
	}
	return placeAt(o, l)
}

// placeAt reads the address of the store of a bot.
func placeAt(o Options, l flows.Place) (StorePlace, error) {
	address := cmp.Or(o.State, l.State)
	p := StorePlace{bot: l.Bot, address: address, retention: l.Retention}
	if o.Store != nil {
		p.Kind = "own"
		return p, nil
	}
	var rest string
	p.Kind, rest, _ = strings.Cut(address, ":")
	switch p.Kind {
	case "file":
		if rest == "" {
			return p, errors.New("state: file: names no folder; write file:data")
		}
		p.Dir = storeFolder(o, rest)
	case "memory", "redis", "rediss", "redis+cluster", "redis+sentinel":
	default:
		return p, errors.New("state: not an address of a store; use file:DIR, redis://HOST or memory:")
	}
	return p, nil
}

// storeFolder is the folder of a file store; a relative one lies in the bot folder.
func storeFolder(o Options, dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(o.Dir, dir)
}

// openEmbedded asks the bot that runs, or opens the store.
func openEmbedded(ctx context.Context, o Options, info StoreInfo, here *storeOperations) (*Operator, error) {
	if !filestore.Exists(info.Dir) {
		return nil, fmt.Errorf("%w in %s: the bot never ran", ErrNoData, info.Dir)
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	for {
		conn, err := dialSocket(ctx, info.Dir)
		if err == nil {
			_ = conn.Close() // somebody listens; each request has a connection of its own
			info.Running = true
			return &Operator{on: newRemote(info.Dir), info: info}, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("a bot runs on %s as another user: run this as that user", info.Dir)
		}
		store, err := filestore.Open(info.Dir, filestore.Options{Now: o.Now, Retention: filestore.AsBefore, HistoryTime: filestore.AsBefore})
		if err == nil {
			here.store = store
			return &Operator{on: openedOperations{here}, info: info}, nil
		}
		if !errors.Is(err, filestore.ErrInUse) || ctx.Err() != nil {
			return nil, fmt.Errorf("open the store: %w", err)
		}
		timer := time.NewTimer(50 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// remote are the operations of a bot that runs in another process.
type remote struct{ client *http.Client }

func newRemote(dir string) *remote {
	return &remote{client: &http.Client{Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, dir) },
		MaxIdleConns:    4,
		IdleConnTimeout: idleTimeout,
	}}}
}

// Close gives the connections back.
func (r *remote) Close() error {
	r.client.CloseIdleConnections()
	return nil
}

// do makes a request. The caller closes the body.
func (r *remote) do(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://parley"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
			err = errors.New("the bot has stopped meanwhile: call again")
		}
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var refusal struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&refusal); err != nil || refusal.Error == "" {
		refusal.Error = "the bot answered " + resp.Status
	}
	return nil, operatorError(resp.StatusCode, refusal.Error)
}

// askTime is how long the bot has for an answer: one that is stopped takes
// connections and says nothing.
const askTime = 30 * time.Second

// ask makes a request and reads its answer.
func (r *remote) ask(ctx context.Context, method, path string, in, out any) error {
	late := fmt.Errorf("the bot does not answer within %s: it is stopped, or its disk hangs", askTime)
	ctx, cancel := context.WithTimeoutCause(ctx, askTime, late)
	defer cancel()
	resp, err := r.do(ctx, method, path, in)
	if errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer of the bot: %w", err)
	}
	return nil
}

func (r *remote) letters(ctx context.Context, after string, limit int) (out []DeadLetter, err error) {
	q := url.Values{"after": {after}, "limit": {strconv.Itoa(limit)}}
	return out, r.ask(ctx, http.MethodGet, "/letters?"+q.Encode(), nil, &out)
}

func (r *remote) letter(ctx context.Context, id string) (out state.Letter, err error) {
	return out, r.ask(ctx, http.MethodGet, "/letters/"+url.PathEscape(id), nil, &out)
}

func (r *remote) retry(ctx context.Context, id string) error {
	return r.ask(ctx, http.MethodPost, "/letters/"+url.PathEscape(id)+"/retry", nil, new(struct{}))
}

func (r *remote) drop(ctx context.Context, id string) error {
	return r.ask(ctx, http.MethodDelete, "/letters/"+url.PathEscape(id), nil, new(struct{}))
}

func (r *remote) forget(ctx context.Context, conv state.Conv) (bool, error) {
	var out forgetAnswer
	err := r.ask(ctx, http.MethodPost, "/forget", forgetRequest{Conversation: conv}, &out)
	return out.Found, err
}

func (r *remote) examine(ctx context.Context) (out StoreReport, err error) {
	return out, r.ask(ctx, http.MethodGet, "/report", nil, &out)
}

func (r *remote) backup(ctx context.Context, w io.Writer) error {
	resp, err := r.do(ctx, http.MethodGet, "/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	if resp.Trailer.Get(backupDone) == "" {
		return errors.New("the bot broke the backup off; its log may say why")
	}
	return nil
}
