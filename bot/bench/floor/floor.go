// Package floor is the yardstick of the benchmark: the order-status conversation
// as a good engineer would write it by hand, for this one dialogue and this one
// channel.
//
// It makes the promises of Parley that cost something on every message: durable
// before the 200, once, in order, replies in an outbox, a history. It makes the
// same three calls of the same store. It has no flows, no expressions, no
// channels but this one, no sweeper, no reload, and nothing of all that a bot
// needs besides. What Parley costs above it is the price of its engine and of its
// generality.
//
// net/http serves it: gin costs the same here, and is for package bot alone.
package floor

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/redisstore"
)

// Bounds, those of Parley.
const (
	maxBody      = 1 << 20
	dedupeWindow = 48 * time.Hour
	intakeTime   = time.Second
	storeTime    = 5 * time.Second
	sendTime     = 10 * time.Second
)

// A server takes Telegram's updates in and answers them.
type server struct {
	store   store
	account string
	secret  []byte
	url     string // of sendMessage
	client  *http.Client
	caller  state.Caller
	log     *slog.Logger
}

// Main serves until SIGTERM, and returns the exit code. The token, the secret and
// the address of the Bot API come from the environment, as for the bot that it is
// compared with.
func Main(args []string, out io.Writer) int {
	debug.SetGCPercent(400) // as parley serve does
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, args); err != nil {
		fmt.Fprintln(out, "floor:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("floor", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address to listen on")
	address := flags.String("state", "", "redis://HOST")
	small := flags.Bool("lean", false, "use the lean store, a model of cost, instead of Parley's")
	if err := flags.Parse(args); err != nil {
		return err
	}
	process := rand.Text()
	store, err := openStore(ctx, *address, process, *small)
	if err != nil {
		return err
	}
	defer store.Close()
	token := os.Getenv("TELEGRAM_TOKEN")
	account, _, _ := bytes.Cut([]byte(token), []byte(":"))
	s := &server{
		store: store, account: string(account), secret: []byte(os.Getenv("TELEGRAM_SECRET")),
		url:    os.Getenv("TELEGRAM_API") + "/bot" + token + "/sendMessage",
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second, DisableCompression: true}},
		caller: state.Caller{Process: process, Room: true},
		log:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	return s.listen(ctx, *listen)
}

func openStore(ctx context.Context, address, process string, small bool) (store, error) {
	if small {
		return openLean(ctx, address, process)
	}
	redisstore.Quiet()
	return redisstore.Open(ctx, address, redisstore.Options{Bot: "floor"})
}

func (s *server) listen(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/telegram", s.webhook)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second, IdleTimeout: 75 * time.Second}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
		defer cancel()
		stopped <- web.Shutdown(wait)
	})
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// update is what is used of Telegram's Update.
type update struct {
	ID      int64 `json:"update_id"`
	Message struct {
		Text string `json:"text"`
		Chat struct {
			ID int64 `json:"id"`
		} `json:"chat"`
		From struct {
			FirstName string `json:"first_name"`
		} `json:"from"`
	} `json:"message"`
}

// webhook answers 200 once the message is durable; the turn is then done beside.
func (s *server) webhook(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")), s.secret) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.ContentLength < 0 || r.ContentLength > maxBody {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	body := make([]byte, r.ContentLength)
	var u update
	if _, err := io.ReadFull(r.Body, body); err != nil || json.Unmarshal(body, &u) != nil || u.Message.Chat.ID == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	payload, err := json.Marshal(incoming{Text: u.Message.Text, Name: u.Message.From.FirstName})
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), intakeTime)
	defer cancel()
	conv := state.NewConv("telegram", s.account, strconv.FormatInt(u.Message.Chat.ID, 10))
	event := state.NewEvent{DedupeID: strconv.FormatInt(u.ID, 10), Window: dedupeWindow, Payload: payload}
	_, h, err := s.store.Accept(ctx, conv, []state.NewEvent{event}, s.caller)
	if err != nil {
		s.log.Warn("not accepted", "error", err)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if h.Kind == state.Turn || h.Kind == state.Send {
		go s.work(conv, u.Message.Chat.ID, h)
	}
}

// work does what is handed out, one thing at a time, until the lease ends.
func (s *server) work(conv state.Conv, chat int64, h state.HandOut) {
	for {
		var err error
		switch h.Kind {
		case state.Turn:
			h, err = s.turn(conv, chat, h)
		case state.Send:
			h, err = s.send(conv, h)
		default:
			return
		}
		if err != nil {
			s.log.Error("conversation given up", "error", err)
			return
		}
	}
}

// turn answers one message and commits the answer.
func (s *server) turn(conv state.Conv, chat int64, h state.HandOut) (state.HandOut, error) {
	var in incoming
	var d dialogue
	if err := json.Unmarshal(h.Event.Payload, &in); err != nil {
		return h, err
	}
	if h.State != nil {
		if err := json.Unmarshal(h.State, &d); err != nil {
			return h, err
		}
	}
	reply := d.answer(in)
	reply.Chat = chat
	row, err := json.Marshal(reply)
	if err != nil {
		return h, err
	}
	next, err := json.Marshal(d)
	if err != nil {
		return h, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return s.store.Commit(ctx, conv, h.Token, h.Event.Number, state.Result{State: next, Rows: [][]byte{row}, History: h.Event.Payload})
}

// send sends the row, which is the body of the request, and records that it left.
func (s *server) send(conv state.Conv, h state.HandOut) (state.HandOut, error) {
	outcome := state.Outcome{Kind: state.Sent, History: h.Row.Payload}
	var err error
	if outcome.MessageID, err = s.post(h.Row.Payload); err != nil {
		s.log.Warn("not sent", "error", err)
		outcome = state.Outcome{Kind: state.Unknown, Delay: time.Second}
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return s.store.Mark(ctx, conv, h.Token, h.Row.Number, h.Attempt, outcome)
}

// post calls sendMessage and returns the id of the message.
func (s *server) post(body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), sendTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header["Content-Type"] = []string{"application/json"}
	resp, err := s.client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return "", err
	}
	var sent struct {
		OK     bool `json:"ok"`
		Result struct {
			ID int64 `json:"message_id"`
		} `json:"result"`
	}
	if err := json.Unmarshal(answer, &sent); err != nil || !sent.OK {
		return "", errors.New("the Bot API did not take it: " + resp.Status)
	}
	return strconv.FormatInt(sent.Result.ID, 10), nil
}
