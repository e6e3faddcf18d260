package examples

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// greenapi is GREEN-API WABA: https://green-api.com/en/waba/. It keeps one order for the
// whole instance. A webhook that is not answered 200 comes again after a minute, and
// those behind it wait; in pull mode the head of the queue is offered until it is
// deleted. Options are numbered text. Nobody but the bot answers, as far as it tells.
type greenapi struct{}

const greenChannel = `
  whatsapp:
    type: greenapi
    mode: MODE
    instance: "` + greenInstance + `"
    token: ${ env.GREENAPI_TOKEN }
    webhook_token: ${ env.GREENAPI_WEBHOOK_TOKEN }
    api_url: ${ env.API_URL }
`

func greenManners(pulls bool) manners {
	return manners{
		order: byInstance, registers: true, pulls: pulls, statuses: []string{"sent", "delivered", "read"},
		again:   func(int) time.Duration { return 6 * second }, // a minute, ten times as fast again
		limited: func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) },
		broken:  func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) },
	}
}

func (g greenapi) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/waInstance"+greenInstance+"/")
	method, token, _ := strings.Cut(rest, "/")
	token, receipt, _ := strings.Cut(token, "/")
	if !ok || token != greenToken {
		p.complain("not a call of GREEN-API: %s %s", r.Method, r.URL.Path)
		answerJSON(w, http.StatusUnauthorized, map[string]any{})
		return
	}
	switch r.Method + " " + method {
	case "POST sendMessage", "POST sendTemplate":
		g.send(p, w, method, body)
	case "GET receiveNotification":
		p.road.queue.receive(w, r)
	case "DELETE deleteNotification":
		p.road.queue.remove(w, receipt)
	default:
		p.called(method, body)
		if method == "setSettings" && p.road != nil && !p.manners.pulls {
			p.road.registered(body, "webhookUrl", "webhookUrlToken", greenSecret)
		}
		answerJSON(w, http.StatusOK, map[string]any{"saveSettings": true, "webhookUrl": ""})
	}
}

func (greenapi) send(p *platform, w http.ResponseWriter, method string, body []byte) {
	var in struct {
		ChatID     string   `json:"chatId"`
		Message    string   `json:"message"`
		TemplateID string   `json:"templateId"`
		Params     []string `json:"params"`
	}
	err := strictly(body, &in)
	m := sent{chat: in.ChatID, text: in.Message, template: in.TemplateID}
	switch {
	case err != nil:
	case !strings.HasSuffix(in.ChatID, "@c.us"):
		err = errors.New("not a personal chat")
	case method == "sendTemplate":
		m.text, err = fill(in.TemplateID, in.Params)
	case p.road != nil && p.closed(m.chat):
		err = errors.New("noActiveSession")
	default:
		err = fits(m, 20_000)
	}
	if err != nil {
		p.refuse(w, http.StatusBadRequest, map[string]any{"message": "Validation failed"}, err.Error())
		return
	}
	if id := p.take(w, m, "OUT%d"); id != "" {
		answerJSON(w, http.StatusOK, map[string]any{"idMessage": id})
	}
}

func (greenapi) path() string { return "/webhooks/whatsapp" }

func (greenapi) header([]byte) http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + greenSecret}}
}

func (greenapi) conversation(chat string) channels.Event {
	return channels.Event{Channel: "whatsapp", Account: greenInstance, Conversation: chat}
}

func (greenapi) about(kind, id string, at time.Time) map[string]any {
	return map[string]any{
		"typeWebhook": kind, "timestamp": at.Unix(), "idMessage": id,
		"instanceData": map[string]any{"idInstance": jsonNumber(greenInstance), "wid": "15550100001@c.us", "typeInstance": "whatsapp"},
	}
}

func (g greenapi) message(p *person, number int, text string) any {
	w := g.about("incomingMessageReceived", fmt.Sprintf("IN%d", number), p.s.clock.now())
	w["senderData"] = map[string]any{"chatId": p.chat, "sender": p.chat, "chatName": "Dana", "senderName": "Dana", "senderContactName": ""}
	w["messageData"] = map[string]any{"typeMessage": "textMessage", "textMessageData": map[string]any{"textMessage": text}}
	return w
}

// tap never happens: options are text on this channel.
func (g greenapi) tap(p *person, number int, b button) any { return g.message(p, number, b.Text) }

func (g greenapi) status(m sent, _ int, state string, at time.Time) any {
	w := g.about("outgoingMessageStatus", m.id, at)
	w["chatId"], w["status"], w["sendByApi"] = m.chat, state, true
	return w
}

// A pullQueue is the queue of an instance. At times a request for its head is answered
// 502, and the answer to a delete is lost.
type pullQueue struct {
	r *road

	mu       sync.Mutex
	items    [][]byte
	first    int64 // receipt of the head
	came     chan struct{}
	requests int
	deletes  int
}

func newPullQueue(r *road) *pullQueue {
	return &pullQueue{r: r, first: 9007199254740993, came: make(chan struct{})} // above 2^53
}

func (q *pullQueue) put(body []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, body)
	close(q.came)
	q.came = make(chan struct{})
}

func (q *pullQueue) receive(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.Atoi(r.URL.Query().Get("receiveTimeout"))
	if err != nil || seconds < 5 || seconds > 60 {
		q.r.p.refuse(w, http.StatusBadRequest, nil, "receiveTimeout is 5 to 60")
		return
	}
	timer := time.NewTimer(time.Duration(seconds) * time.Second)
	defer timer.Stop()
	for {
		q.mu.Lock()
		came, items, receipt := q.came, q.items, q.first
		if len(items) > 0 {
			q.requests++
			broken := q.requests%20 == 7
			q.mu.Unlock()
			if broken {
				q.r.again.Add(1)
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			_, _ = fmt.Fprintf(w, `{"receiptId":%d,"body":%s}`, receipt, items[0]) // who is gone needs no answer
			return
		}
		q.mu.Unlock()
		select {
		case <-came:
		case <-timer.C:
			_, _ = w.Write([]byte("null"))
			return
		case <-r.Context().Done():
			return
		case <-q.r.ctx.Done():
			return
		}
	}
}

func (q *pullQueue) remove(w http.ResponseWriter, receipt string) {
	q.mu.Lock()
	head := len(q.items) > 0 && receipt == strconv.FormatInt(q.first, 10)
	if head {
		q.items, q.first = q.items[1:], q.first+1
	}
	q.deletes++
	lost := q.deletes%20 == 9
	q.mu.Unlock()
	if head {
		q.r.landed()
	}
	if lost {
		q.r.again.Add(1)
		hangUp(w)
		return
	}
	_, _ = fmt.Fprintf(w, `{"result":%t}`, head)
}
