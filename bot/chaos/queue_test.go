package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What bots know of the instance of GREEN-API.
const (
	greenInstance = "9900000017"
	greenToken    = "green-token"
)

// A queue plays an instance of GREEN-API whose notifications are pulled. It is
// strictly in order and offers its head until that is deleted:
// https://green-api.com/en/waba/api/receiving/technology-http-api. Each bot calls it
// below an address of its own, so that the queue knows them apart.
type queue struct {
	t      *testing.T
	ledger *ledger
	next   func() int64 // ids of what is sent

	mu       sync.Mutex
	items    []queued
	receipt  int64
	came     chan struct{} // closed and made anew when there is more
	settings map[string]string
	sets     int // setSettings
	gets     int // getSettings
	asks     []ask
	asking   map[int]int // requests for the head under way, by bot
	overlaps int
	strays   int // deletes of what was not the head
	poisoned int // how often a head that is no whole JSON was given out
	over     chan struct{}
}

// A queued notification.
type queued struct {
	receipt string
	answer  string
	poison  bool
}

// An ask for the head of the queue, by a bot.
type ask struct {
	bot int
	at  time.Time
}

// newQueue makes an instance that had a webhook until now.
func newQueue(t *testing.T, l *ledger, next func() int64, over chan struct{}) *queue {
	return &queue{t: t, ledger: l, next: next, over: over, receipt: 9007199254740993, // above 2^53
		came: make(chan struct{}), asking: map[int]int{},
		settings: map[string]string{"webhookUrl": "https://before.example.test/hook", "incomingWebhook": "yes", "outgoingWebhook": "no"}}
}

// put appends the n-th message of a person.
func (q *queue) put(id, n int, text string) {
	chat := fmt.Sprintf("%d@c.us", id)
	body, err := json.Marshal(map[string]any{
		"typeWebhook": "incomingMessageReceived", "timestamp": time.Now().Unix(), "idMessage": fmt.Sprintf("IN%d-%d", id, n),
		"instanceData": map[string]any{"idInstance": json.Number(greenInstance), "wid": "15550100001@c.us", "typeInstance": "whatsapp"},
		"senderData":   map[string]any{"chatId": chat, "sender": chat, "chatName": "", "senderName": "Ann", "senderContactName": ""},
		"messageData":  map[string]any{"typeMessage": "textMessage", "textMessageData": map[string]any{"textMessage": text}},
	})
	if err != nil {
		q.ledger.problem("%v", err)
		return
	}
	q.add(`{"receiptId":%d,"body":`+string(body)+`}`, false)
}

// poison appends a notification that is cut off in the middle, whenever it is asked
// for.
func (q *queue) poison() {
	q.add(`{"receiptId":%d,"body":{"typeWebhook":"incomingMessageReceived","idMessage":"IN`, true)
}

// add appends an answer, whose %d is the receipt.
func (q *queue) add(answer string, poison bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	receipt := strconv.FormatInt(q.receipt, 10)
	q.receipt++
	q.items = append(q.items, queued{receipt, strings.Replace(answer, "%d", receipt, 1), poison})
	close(q.came)
	q.came = make(chan struct{})
}

// look reads what the queue counted.
func (q *queue) look(look func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	look()
}

// leader is the bot that asked last, and when; -1 for none.
func (q *queue) leader() (bot int, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.asks) == 0 {
		return -1, time.Time{}
	}
	last := q.asks[len(q.asks)-1]
	return last.bot, last.at
}

// serve answers /bot0/waInstance…/method/token.
func (q *queue) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	bot, err := strconv.Atoi(parts[0])
	if err != nil || len(parts) < 4 || parts[1] != "waInstance"+greenInstance || parts[3] != greenToken {
		q.ledger.problem("a call that nobody expects: %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	switch r.Method + " " + parts[2] {
	case "GET getSettings":
		q.look(func() {
			q.gets++
			_ = json.NewEncoder(w).Encode(q.settings)
		})
	case "POST setSettings":
		q.set(w, body)
	case "GET receiveNotification":
		q.receive(w, r, bot)
	case "DELETE deleteNotification":
		q.remove(w, parts)
	case "POST sendMessage":
		q.send(w, body)
	default:
		q.ledger.problem("a call that nobody expects: %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}
}

func (q *queue) set(w http.ResponseWriter, body []byte) {
	var in map[string]string
	if err := json.Unmarshal(body, &in); err != nil {
		q.ledger.problem("setSettings: %v", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sets++
	for name, value := range in {
		q.settings[name] = value
	}
	_, _ = io.WriteString(w, `{"saveSettings":true}`)
}

// receive gives out the head, and waits for one as long as it was asked to. With a
// webhook there is none.
func (q *queue) receive(w http.ResponseWriter, r *http.Request, bot int) {
	seconds, err := strconv.Atoi(r.URL.Query().Get("receiveTimeout"))
	if err != nil || seconds < 5 || seconds > 60 {
		q.ledger.problem("receiveTimeout=%s", r.URL.Query().Get("receiveTimeout"))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	q.begin(bot)
	defer q.look(func() { q.asking[bot]-- })
	timer := time.NewTimer(time.Duration(seconds) * time.Second)
	defer timer.Stop()
	for {
		q.mu.Lock()
		came, pulled := q.came, q.settings["webhookUrl"] == ""
		if pulled && len(q.items) > 0 {
			head := q.items[0]
			if head.poison {
				q.poisoned++
			}
			q.mu.Unlock()
			_, _ = io.WriteString(w, head.answer) // who died needs no answer
			return
		}
		q.mu.Unlock()
		select {
		case <-came:
		case <-timer.C:
			_, _ = io.WriteString(w, "null")
			return
		case <-r.Context().Done():
			return
		case <-q.over:
			return
		}
	}
}

func (q *queue) begin(bot int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for other, n := range q.asking {
		if other != bot && n > 0 {
			q.overlaps++
		}
	}
	q.asking[bot]++
	q.asks = append(q.asks, ask{bot, time.Now()})
}

// remove deletes the head, if the receipt is its own.
func (q *queue) remove(w http.ResponseWriter, parts []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	head := len(parts) == 5 && len(q.items) > 0 && q.items[0].receipt == parts[4]
	if head {
		q.items = q.items[1:]
	} else {
		q.strays++
	}
	_, _ = fmt.Fprintf(w, `{"result":%t}`, head)
}

// send takes a message to a chat.
func (q *queue) send(w http.ResponseWriter, body []byte) {
	var in struct {
		ChatID  string `json:"chatId"`
		Message string `json:"message"`
	}
	err := json.Unmarshal(body, &in)
	id, notNumber := strconv.Atoi(strings.TrimSuffix(in.ChatID, "@c.us"))
	if err != nil || notNumber != nil || !strings.HasSuffix(in.ChatID, "@c.us") {
		q.ledger.problem("sendMessage: not a message to a person: %s", body)
	}
	q.ledger.write(func() {
		t := q.ledger.of(id)
		t.replies = append(t.replies, said{in.Message, time.Now()})
	})
	_, _ = fmt.Fprintf(w, `{"idMessage":"OUT%d"}`, q.next())
}
