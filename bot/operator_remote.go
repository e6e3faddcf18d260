package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

// remote are the operations of a bot that runs in another process.
type remote struct {
	dir    string
	client *http.Client
}

func newRemote(dir string) *remote {
	return &remote{dir: dir, client: &http.Client{Transport: &http.Transport{
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

// askTime is how long the bot has for an answer.
const askTime = 30 * time.Second

// A NoAnswerError says that the bot takes connections and does not answer: it was
// stopped, by a debugger say, or its disk hangs. It is a [context.DeadlineExceeded]
// too.
type NoAnswerError struct {
	// Dir is the folder of the store, Process who holds it, zero if that is not known.
	Dir     string
	Process int
}

// Error says which process it is.
func (e *NoAnswerError) Error() string {
	who := "the bot"
	if e.Process != 0 {
		who = fmt.Sprintf("the bot, process %d,", e.Process)
	}
	return who + " does not answer: it was stopped, or its disk hangs"
}

// Unwrap says what ended the wait.
func (e *NoAnswerError) Unwrap() error { return context.DeadlineExceeded }

// late is a deadline that passed while the bot was asked, as people should read it.
func (r *remote) late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &NoAnswerError{Dir: r.dir, Process: filestore.Holder(r.dir)}
	}
	return err
}

// greet waits for any answer at all: one that was stopped has a kernel that takes
// connections for it.
func (r *remote) greet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://parley/", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := r.client.Do(req)
	if ctx.Err() != nil {
		return r.late(ctx.Err())
	}
	if err != nil {
		return nil // it stops just now: what is asked for says so
	}
	return resp.Body.Close()
}

// ask makes a request and reads its answer.
func (r *remote) ask(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	resp, err := r.do(ctx, method, path, in)
	if err != nil {
		return r.late(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer of the bot: %w", r.late(err))
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
	err := r.ask(ctx, http.MethodPost, "/forget", conversationRequest{Conversation: conv}, &out)
	return out.Found, err
}

func (r *remote) conversation(ctx context.Context, conv state.Conv) (out ConversationReport, err error) {
	return out, r.ask(ctx, http.MethodPost, "/conversation", conversationRequest{Conversation: conv}, &out)
}

func (r *remote) waiting(ctx context.Context) (out []ChannelReport, err error) {
	return out, r.ask(ctx, http.MethodGet, "/channels", nil, &out)
}

func (r *remote) arrivals(ctx context.Context, channel string) (out Arrivals, err error) {
	return out, r.ask(ctx, http.MethodGet, "/arrivals/"+url.PathEscape(channel), nil, &out)
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
