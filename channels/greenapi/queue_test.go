package greenapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/greenapi"
)

// A queue is that of an instance: strictly in order, its head comes again until it
// is deleted. It starts with the settings of a queue.
type queue struct {
	t   *testing.T
	URL string

	mu    sync.Mutex
	items []item
	next  int64
	// deleted are the receipts in the order of their deletion.
	deleted []int64
	// answers are given instead, once each, by method.
	answers  map[string][]http.HandlerFunc
	settings string
	set      []string
	asked    map[string]int
	// came has a value when a notification was put in.
	came chan struct{}
	// idle ends the wait of a request for an empty queue.
	idle chan struct{}
}

type item struct {
	receipt int64
	// raw is the whole answer, where it is not made of a body.
	body, raw string
}

func newQueue(t *testing.T, bodies ...string) *queue {
	t.Helper()
	q := &queue{
		t: t, next: 9007199254740993, // above 2^53
		settings: `{"webhookUrl":"","incomingWebhook":"yes","outgoingWebhook":"yes"}`,
		answers:  map[string][]http.HandlerFunc{}, asked: map[string]int{},
		came: make(chan struct{}, 100), idle: make(chan struct{}),
	}
	server := httptest.NewServer(q)
	t.Cleanup(server.Close)
	q.URL = server.URL
	q.put(bodies...)
	return q
}

func (q *queue) put(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range bodies {
		q.items = append(q.items, item{receipt: q.next, body: b})
		q.next++
	}
	q.came <- struct{}{}
}

// putRaw puts in a head whose answer is not well formed; %d stands for the receipt.
func (q *queue) putRaw(raw string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, item{receipt: q.next, raw: strings.Replace(raw, "%d", strconv.FormatInt(q.next, 10), 1)})
	q.next++
	q.came <- struct{}{}
}

// answer has the next request for a method answered otherwise.
func (q *queue) answer(method string, h ...http.HandlerFunc) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answers[method] = append(q.answers[method], h...)
}

func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

func (q *queue) count(method string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.asked[method]
}

func (q *queue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if len(parts) < 3 || parts[0] != "waInstance9007199254740993" || parts[2] != "marked%2Ftoken-of-the-api" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	method := parts[1]
	q.mu.Lock()
	q.asked[method]++
	if hs := q.answers[method]; len(hs) > 0 {
		q.answers[method] = hs[1:]
		q.mu.Unlock()
		hs[0](w, r)
		return
	}
	q.mu.Unlock()
	switch r.Method + " " + method {
	case "GET getSettings":
		_, _ = io.WriteString(w, q.settings)
	case "POST setSettings":
		q.save(w, r)
	case "GET receiveNotification":
		q.receive(w, r)
	case "DELETE deleteNotification":
		q.delete(w, parts)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (q *queue) save(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	q.mu.Lock()
	q.set = append(q.set, string(b))
	q.mu.Unlock()
	_, _ = io.WriteString(w, `{"saveSettings":true}`)
}

// receive answers with the head, and waits for one as long as the test likes.
func (q *queue) receive(w http.ResponseWriter, r *http.Request) {
	if n, err := strconv.Atoi(r.URL.Query().Get("receiveTimeout")); err != nil || n < 5 || n > 60 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			head := q.items[0]
			q.mu.Unlock()
			if head.raw != "" {
				_, _ = io.WriteString(w, head.raw)
			} else {
				fmt.Fprintf(w, `{"receiptId":%d,"body":%s}`, head.receipt, head.body)
			}
			return
		}
		q.mu.Unlock()
		select {
		case <-q.came:
		case <-q.idle:
			_, _ = io.WriteString(w, "null")
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (q *queue) delete(w http.ResponseWriter, parts []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	head := len(parts) == 4 && len(q.items) > 0 && strconv.FormatInt(q.items[0].receipt, 10) == parts[3]
	if head {
		q.deleted = append(q.deleted, q.items[0].receipt)
		q.items = q.items[1:]
	}
	fmt.Fprintf(w, `{"result":%v,"reason":""}`, head)
}

// pullSpec describes the channel in pull mode.
func pullSpec() channeltest.Spec {
	s := spec()
	s.Settings = map[string]string{"instance": s.Settings["instance"], "token": s.Settings["token"], "mode": "pull"}
	s.Inbound = nil
	return s
}

func puller(t *testing.T, apiURL string) *greenapi.Puller {
	t.Helper()
	p, ok := channeltest.New(t, pullSpec(), apiURL).(*greenapi.Puller)
	if !ok {
		t.Fatal("not a puller")
	}
	return p
}

// text is the notification of a message.
func text(id, text string) string {
	b, err := json.Marshal(map[string]any{
		"typeWebhook": "incomingMessageReceived", "instanceData": map[string]any{"idInstance": json.Number("9007199254740993")},
		"timestamp": 1772445600, "idMessage": id, "senderData": map[string]any{"chatId": "15550100017@c.us", "sender": "15550100017@c.us"},
		"messageData": map[string]any{"typeMessage": "textMessage", "textMessageData": map[string]any{"textMessage": text}},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// poll polls and expects one event.
func poll(t *testing.T, p *greenapi.Puller) (*channels.Polled, channels.Event) {
	t.Helper()
	got, err := p.Poll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got == nil || len(got.Events) != 1 || got.Done == nil {
		t.Fatalf("polled %+v", got)
	}
	e := got.Events[0]
	if e.Channel != "main" || e.Account != "9007199254740993" || e.DedupeID == "" {
		t.Errorf("the event is not the channel's: %+v", e)
	}
	return got, e
}

// fails polls and expects an error of a kind, without a secret.
func fails(t *testing.T, err error, want channels.ErrorKind) *channels.SendError {
	t.Helper()
	e, ok := err.(*channels.SendError)
	if !ok {
		t.Fatalf("not a SendError: %v", err)
	}
	if e.Kind != want {
		t.Errorf("kind %q, want %q: %v", e.Kind, want, err)
	}
	if s := err.Error(); strings.Contains(s, "marked") || strings.Contains(s, "http://") {
		t.Errorf("the error holds a secret or the address: %v", s)
	}
	return e
}
