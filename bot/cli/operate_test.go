package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/bot/cli"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/memstore"
	"github.com/parley-chat/parley/state/redisstore"
)

// patience bounds what a test waits for; it never waits for it to pass.
const patience = 60 * time.Second

// seed leaves three dead letters in a store, of a message that can be handled, of one
// that nobody can read, and of a reply:
//
//	seed file:good/data
//	seed redis://$REDIS
func seed(ts *testscript.TestScript, _ bool, args []string) {
	var s state.Store
	var err error
	if dir, ok := strings.CutPrefix(args[0], "file:"); ok {
		s, err = filestore.Open(ts.MkAbs(dir), filestore.Options{})
	} else {
		s, err = redisstore.Open(context.Background(), args[0], redisstore.Options{Bot: "good"})
	}
	ts.Check(err)
	ts.Check(errors.Join(seedLetters(context.Background(), s), s.Close()))
}

func seedLetters(ctx context.Context, s state.Store) error {
	turn := func(conv state.Conv, payload string) (state.HandOut, error) {
		event := state.NewEvent{DedupeID: payload, Payload: []byte(payload)}
		_, h, err := s.Accept(ctx, conv, []state.NewEvent{event}, state.Caller{Process: "seed", Room: true})
		return h, err
	}
	set := func(conv state.Conv, payload, cause string) error {
		h, err := turn(conv, payload)
		if err == nil {
			_, err = s.Fail(ctx, conv, h.Token, h.Event.Number, state.Failure{Cause: cause})
		}
		return err
	}
	const hello = `{"kind":"message","channel":"web","account":"web","conversation":"ann","text":"<hello>"}`
	if err := errors.Join(set("web/web/ann", hello, "a panic in the flows"), set("web/web/bob", "\x00no JSON", "the stored event can't be read")); err != nil {
		return err
	}
	h, err := turn("web/web/cyd", `{"kind":"message","text":"hi"}`)
	if err == nil {
		h, err = s.Commit(ctx, "web/web/cyd", h.Token, h.Event.Number, state.Result{State: []byte("{}"), Rows: [][]byte{[]byte(`{"account":"web","conversation":"cyd","text":"Hello!"}`)}})
	}
	if err == nil {
		_, err = s.Mark(ctx, "web/web/cyd", h.Token, h.Row.Number, h.Attempt, state.Outcome{Kind: state.Dead, Cause: "blocked: the person left"})
	}
	return err
}

// queue leaves a reply that waits to be sent in a store: from now on or, as long ago
// as is said, of a conversation, for the time that comes last:
//
//	queue file:waiting
//	queue file:waiting web/web/dan 2h 3h
func queue(ts *testscript.TestScript, _ bool, args []string) {
	ctx, conv := context.Background(), state.Conv("web/web/dan")
	var ago, wait time.Duration
	if len(args) > 1 {
		var err, err2 error
		conv = state.Conv(args[1])
		ago, err = time.ParseDuration(args[2])
		wait, err2 = time.ParseDuration(args[3])
		ts.Check(errors.Join(err, err2))
	}
	now := func() time.Time { return time.Now().Add(-ago) }
	s, err := filestore.Open(ts.MkAbs(strings.TrimPrefix(args[0], "file:")), filestore.Options{Now: now})
	ts.Check(err)
	_, h, err := s.Accept(ctx, conv, []state.NewEvent{{DedupeID: "1", Payload: []byte("{}")}}, state.Caller{Process: "queue", Room: true})
	ts.Check(err)
	h, err = s.Commit(ctx, conv, h.Token, h.Event.Number, state.Result{State: []byte("{}"), Rows: [][]byte{[]byte(`{"text":"late"}`)}})
	ts.Check(err)
	_, err = s.Mark(ctx, conv, h.Token, h.Row.Number, h.Attempt, state.Outcome{Kind: state.Later, Delay: wait})
	ts.Check(errors.Join(err, s.Close()))
}

// aside leaves a dead letter of a reply in a conversation of a store:
//
//	aside file:good/data other/1/eve
func aside(ts *testscript.TestScript, _ bool, args []string) {
	ctx, conv := context.Background(), state.Conv(args[1])
	s, err := filestore.Open(ts.MkAbs(strings.TrimPrefix(args[0], "file:")), filestore.Options{})
	ts.Check(err)
	_, h, err := s.Accept(ctx, conv, []state.NewEvent{{DedupeID: "aside", Payload: []byte("{}")}}, state.Caller{Process: "aside", Room: true})
	ts.Check(err)
	_, err = s.Fail(ctx, conv, h.Token, h.Event.Number, state.Failure{Cause: "not sent"})
	ts.Check(errors.Join(err, s.Close()))
}

// startRedis runs a Redis until the script ends, and puts its address into a
// variable:
//
//	redis REDIS
func startRedis(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	ts.Check(l.Close())
	dir := ts.Getenv("WORK")
	cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--logfile", filepath.Join(dir, "redis.log"))
	if err := cmd.Start(); err != nil {
		ts.Fatalf("redis-server does not start; make tools installs it: %v", err)
	}
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	ts.Setenv(args[0], address)
	patiently(ts, "redis-server answers", func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		defer conn.Close()
		_, err = conn.Write([]byte("PING\r\n"))
		answer := make([]byte, 5)
		_, err2 := conn.Read(answer)
		return errors.Join(err, err2) == nil && string(answer) == "+PONG"
	})
}

// prints (until) runs a command again and again until it prints something that matches:
//
//	until 'the stored event' parley dead list --bot good
func prints(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile("(?m)" + args[0])
	patiently(ts, args[0]+" appears", func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && want.MatchString(ts.ReadFile("stdout"))
	})
}

// patiently waits until something is done.
func patiently(ts *testscript.TestScript, what string, done func() bool) {
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			ts.Fatalf("it takes too long until %s", what)
		}
	}
}

// inMemory is a store that commands share with a test: they do not close it.
type inMemory struct{ *memstore.Store }

func (inMemory) Close() error { return nil }

// runWith runs a command line of a program that brings its own options.
func runWith(t *testing.T, o bot.Options, args ...string) (out string, code int) {
	t.Helper()
	var b bytes.Buffer
	code = cli.Run(t.Context(), args, strings.NewReader(""), &b, &b, cli.With(o))
	return b.String(), code
}

// failing is a store that puts nothing back.
type failing struct{ inMemory }

func (f failing) Retry(ctx context.Context, id string) error {
	if strings.HasSuffix(id, "1") {
		return f.inMemory.Retry(ctx, id)
	}
	return state.ErrFull
}

func TestRetryCountsWhatFailed(t *testing.T) {
	s := failing{inMemory{memstore.New(memstore.Options{})}}
	if err := seedLetters(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	out, code := runWith(t, bot.Options{Store: s}, "dead", "retry", "--all", "--yes")
	if want := "Put back 1 of 3 dead letters.\n  2 failed: its conversation has no room for it now\n"; out != want || code != 1 {
		t.Errorf("ends with %d:\n%s", code, out)
	}
}

// TestRetryDoesNotLoop: what fails again while the others are put back is not
// retried in the same run.
func TestRetryDoesNotLoop(t *testing.T) {
	s := again{inMemory{memstore.New(memstore.Options{})}, new(int)}
	if err := seedLetters(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	out, code := runWith(t, bot.Options{Store: s}, "dead", "retry", "--all", "--yes")
	if code != 0 || *s.retries != 3 || !strings.Contains(out, "Put back 3 of 3") {
		t.Errorf("%d retries, ends with %d:\n%s", *s.retries, code, out)
	}
}

// again is a store in which whatever is put back is a dead letter again at once.
type again struct {
	inMemory
	retries *int
}

func (a again) Retry(ctx context.Context, id string) error {
	*a.retries++
	if err := a.inMemory.Retry(ctx, id); err != nil {
		return err
	}
	conv := state.Conv(fmt.Sprint("web/web/again", *a.retries))
	_, h, err := a.Accept(ctx, conv, []state.NewEvent{{DedupeID: id, Payload: []byte("{}")}}, state.Caller{Process: "x", Room: true})
	if err != nil {
		return err
	}
	_, err = a.Fail(ctx, conv, h.Token, h.Event.Number, state.Failure{Cause: "again"})
	return err
}

// botFolder writes a bot with one channel.
func botFolder(t *testing.T, head, channel string) string {
	t.Helper()
	dir := t.TempDir()
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(writeFile(dir, "bot.yaml", "bot: good\n"+head+"channels:\n  main: "+channel+"\n"))
	ok(writeFile(dir, "flows/hello.yaml", "flow: hello\nstart: {fallback: true}\nsteps:\n  - say: Hello!\n"))
	return dir
}

// diagnose runs doctor and returns its findings by check and what they are about.
func diagnose(t *testing.T, o bot.Options, args ...string) (found map[string]state.Finding, code int) {
	t.Helper()
	out, code := runWith(t, o, append([]string{"doctor", "--json"}, args...)...)
	var list []struct {
		Check string `json:"check"`
		state.Finding
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	found = map[string]state.Finding{}
	for _, f := range list {
		found[strings.Trim(f.Check+", "+f.What, ", ")] = f.Finding
		if (f.Level != state.OK) != (f.Fix != "") {
			t.Errorf("%s %s: %q is %s, with the fix %q", f.Check, f.What, f.Text, f.Level, f.Fix)
		}
	}
	return found, code
}

// expect wants a finding of a level that says something.
func expect(t *testing.T, found map[string]state.Finding, name string, level state.Level, says string) {
	t.Helper()
	if f, ok := found[name]; !ok || f.Level != level || !strings.Contains(f.Text, says) {
		t.Errorf("%s is %+v, want %s with %q; found %v", name, f, level, says, found)
	}
}

func TestDoctorAsksThePlatform(t *testing.T) {
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ready":true,"reasons":[]}`)) // who hung up needs no answer
	}))
	defer public.Close()
	for name, c := range map[string]struct {
		me, info string
		code     int
		want     map[string]string // a finding, and its level and text
	}{
		"fine": {`{"ok":true,"result":{"id":7,"username":"good_bot"}}`,
			`{"url":"PUBLIC/webhooks/main","allowed_updates":["callback_query","edited_message","message","message_reaction","my_chat_member"]}`, 0,
			map[string]string{"channel main, credentials": "ok @good_bot", "channel main, webhook": "ok PUBLIC/webhooks/main", "public_url": "ok answers"}},
		"another webhook": {`{"ok":true,"result":{"id":7,"username":"good_bot"}}`, `{"url":"https://old.example.test/","pending_update_count":4,"last_error_message":"Not Found"}`, 1,
			map[string]string{"channel main, webhook": "fail https://old.example.test/, not", "channel main, waiting": "warn 4 updates", "channel main, delivery": "warn "}},
		"no webhook":    {`{"ok":true,"result":{"id":7}}`, `{"url":""}`, 1, map[string]string{"channel main, webhook": "fail none"}},
		"a wrong token": {`{"ok":false,"error_code":401,"description":"Unauthorized"}`, `{}`, 1, map[string]string{"channel main, credentials": "fail Unauthorized"}},
	} {
		t.Run(name, func(t *testing.T) {
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/getMe"):
					_, _ = w.Write([]byte(c.me))
				case strings.HasSuffix(r.URL.Path, "/getWebhookInfo"):
					_, _ = fmt.Fprintf(w, `{"ok":true,"result":%s}`, strings.ReplaceAll(c.info, "PUBLIC", public.URL))
				default:
					t.Errorf("doctor changes something: %s", r.URL.Path)
				}
			}))
			defer api.Close()
			dir := botFolder(t, "public_url: "+public.URL+"\nstate: \"memory:\"\n", "{type: telegram, token: \"7:marked\", secret: s3cret, api_url: \""+api.URL+"\"}")
			found, code := diagnose(t, bot.Options{}, dir)
			for what, want := range c.want {
				level, says, _ := strings.Cut(strings.ReplaceAll(want, "PUBLIC", public.URL), " ")
				expect(t, found, what, state.Level(level), says)
			}
			if code != c.code {
				t.Errorf("ends with %d, want %d: %v", code, c.code, found)
			}
			if all := fmt.Sprint(found); strings.Contains(all, "marked") || strings.Contains(all, "s3cret") {
				t.Errorf("a secret shows: %s", all)
			}
		})
	}
}

// TestDoctorAsksABotOnThisMachine what it pauses, where an address is given.
func TestDoctorAsksABotOnThisMachine(t *testing.T) {
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asks %s", r.URL.Path)
		}
		_, _ = w.Write([]byte(`{"ready":true,"reasons":[],"paused":{"main":"unauthorized"}}`)) // who hung up needs no answer
	}))
	defer local.Close()
	dir := botFolder(t, "state: \"memory:\"\n", "{type: webchat}")
	found, code := diagnose(t, bot.Options{}, dir, "--url", local.URL)
	expect(t, found, "url", state.OK, "takes messages")
	expect(t, found, "url, channel main", state.Warn, "pauses it: unauthorized")
	if !strings.Contains(found["url, channel main"].Fix, "right credentials") || code != 0 {
		t.Errorf("ends with %d: %+v", code, found)
	}
	if found, code = diagnose(t, bot.Options{}, dir, "--url", "127.0.0.1:8080"); code != 1 {
		t.Errorf("no address ends with %d: %+v", code, found)
	}
}

// TestDoctorBlamesCredentialsForNothingElse: an API that is down has refused none.
func TestDoctorBlamesCredentialsForNothingElse(t *testing.T) {
	api := httptest.NewServer(http.NotFoundHandler())
	api.Close()
	dir := botFolder(t, "state: \"memory:\"\n", "{type: telegram, token: \"7:marked\", secret: s3cret, api_url: \""+api.URL+"\"}")
	found, _ := diagnose(t, bot.Options{}, dir)
	expect(t, found, "channel main, platform", state.Fail, "it can't be reached: ")
	if f, blamed := found["channel main, credentials"]; blamed || strings.Contains(fmt.Sprint(found), "marked") {
		t.Errorf("%+v", f)
	}
}

// TestDoctorSaysHowToKeepTheProfile, as a fix that can be followed.
func TestDoctorSaysHowToKeepTheProfile(t *testing.T) {
	dir := botFolder(t, "profile: strict\n", "{type: webchat}")
	found, code := diagnose(t, bot.Options{State: "memory:"}, dir)
	expect(t, found, "profile", state.Fail, "memory: keeps nothing")
	if fix := found["profile"].Fix; fix != "write state: file:data, or profile: memory" || code != 1 {
		t.Errorf("the fix is %q", fix)
	}
}

// TestRetryOfWhatIsTooLargeSaysWhatToDo next.
func TestRetryOfWhatIsTooLargeSaysWhatToDo(t *testing.T) {
	s := tooLarge{inMemory{memstore.New(memstore.Options{})}}
	if err := seedLetters(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	out, code := runWith(t, bot.Options{Store: s}, "dead", "retry", "0000000000000001", "--yes")
	if code != 1 || !strings.Contains(out, "dead letter 0000000000000001 is too large to be put back: see what is in it with `parley dead show 0000000000000001`, then drop it with `parley dead drop 0000000000000001`") {
		t.Errorf("ends with %d:\n%s", code, out)
	}
}

// tooLarge is a store of letters that have no place in an inbox.
type tooLarge struct{ inMemory }

func (tooLarge) Retry(context.Context, string) error { return state.ErrTooLarge }

// TestServeThatIsToldToEndBeforeItBegan ends in order.
func TestServeThatIsToldToEndBeforeItBegan(t *testing.T) {
	dir := botFolder(t, "state: file:data\n", "{type: webchat}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := bot.Options{Dir: dir, Listen: "127.0.0.1:0", Factories: builtin.Factories(), Log: slog.New(slog.DiscardHandler)}
	if err := cli.Serve(ctx, o, io.Discard); err != nil {
		t.Errorf("got %v", err)
	}
}

// hung is a channel whose platform never answers.
type hung struct{ channels.Channel }

func (hung) Check(ctx context.Context) (string, error) {
	<-ctx.Done()
	return "", &channels.SendError{Kind: channels.ErrRefused, Err: ctx.Err()}
}

func TestDoctorWarnsAndWaitsForNobody(t *testing.T) {
	t.Parallel() // it takes the time that a check has
	factory := channels.Factory{
		Type: "once", NoRetry: true,
		New: func(*channels.Config) (channels.Channel, error) { return plainChannel{}, nil },
	}
	slow := channels.Factory{Type: "slow", New: func(*channels.Config) (channels.Channel, error) { return hung{}, nil }}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	dir := botFolder(t, "public_url: "+closed.URL+"\napi_token: 0123456789abcdef\nstate: \"memory:\"\n", "{type: once}\n  slow: {type: slow}")
	began := time.Now()
	found, code := diagnose(t, bot.Options{Factories: []channels.Factory{factory, slow}}, dir)
	if code != 1 || time.Since(began) > patience/2 {
		t.Errorf("ends with %d after %s", code, time.Since(began))
	}
	expect(t, found, "channel main, retries", state.Warn, "lost")
	expect(t, found, "channel slow, platform", state.Fail, "does not answer")
	expect(t, found, "public_url", state.Fail, "does not answer")
	expect(t, found, "api_token", state.Warn, "16 characters")
	expect(t, found, "store", state.Warn, "memory")
	expect(t, found, "server, limits", state.OK, "10s")
}

// plainChannel has no abilities.
type plainChannel struct{ channels.Channel }

func TestDoctorSaysWhatIsWrongWithTheFolder(t *testing.T) {
	dir := botFolder(t, "state: \"memory:\"\n", "{type: nobody_knows}")
	found, code := diagnose(t, bot.Options{}, dir)
	expect(t, found, "bot", state.Fail, "1 mistake")
	if code != 1 {
		t.Errorf("ends with %d", code)
	}
}

// writeFile writes a file of a folder, and the folders that it needs.
func writeFile(dir, name, text string) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
