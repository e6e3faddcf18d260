package examples

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// chatapi is Chat API, and 1MSG, which carries its format on: https://help.1msg.io. The
// secret is in the address of the webhook. With guaranteedHooks a webhook is tried up to
// 20 times, in turn, and several messages or statuses come in one; how far apart is not
// published. What is sent comes back with fromMe, what people write on the phone too, and
// that is how they take over. Chat API has numbered text, 1MSG buttons, lists, templates
// and the window of 24 hours, and its taps come in Meta's format (rawHooks).
type chatapi struct{ oneMSG bool }

// The credentials of Chat API and 1MSG.
const (
	chatToken  = "MARKED-chatapi-token"
	chatSecret = "MARKED-chatapi-secret"
	chatSpace  = "a0b1c2d3_e4f5_6789_abcd_ef0123456789"
)

const chatapiChannel = `
  whatsapp:
    type: chatapi
    instance: "100017"
    token: ${ env.CHATAPI_TOKEN }
    webhook_token: ${ env.CHATAPI_WEBHOOK_TOKEN }
    phone: take_over
    give_back: ` + goesOn + `
    api_url: ${ env.API_URL }
`

const oneMSGChannel = `
  whatsapp:
    type: chatapi
    dialect: 1msg
    instance: "VID100017"
    token: ${ env.CHATAPI_TOKEN }
    webhook_token: ${ env.CHATAPI_WEBHOOK_TOKEN }
    namespace: ` + chatSpace + `
    phone: take_over
    give_back: ` + goesOn + `
    api_url: ${ env.API_URL }
`

func chatManners() manners {
	return manners{
		order: byInstance, registers: true, statuses: []string{"sent", "delivered", "viewed"},
		again: func(attempt int) time.Duration { return time.Duration(attempt) * 3 * second },
		limited: func(w http.ResponseWriter) {
			answerJSON(w, http.StatusTooManyRequests, map[string]any{"error": "Too many requests"})
		},
		broken: func(w http.ResponseWriter) {
			answerJSON(w, http.StatusInternalServerError, map[string]any{"error": "Internal server error"})
		},
	}
}

func (d chatapi) instance() string {
	if d.oneMSG {
		return "VID100017"
	}
	return "100017"
}

func (d chatapi) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	base := "/instance100017/"
	if d.oneMSG {
		base = "/VID100017/"
	}
	method, ok := strings.CutPrefix(r.URL.Path, base)
	if !ok || r.URL.Query().Get("token") != chatToken {
		p.complain("not a call of Chat API: %s %s", r.Method, r.URL.Path)
		answerJSON(w, http.StatusUnauthorized, map[string]any{"error": "Wrong token. Please provide token as a GET parameter."})
		return
	}
	switch r.Method + " " + method {
	case "POST sendMessage", "POST sendButton", "POST sendList", "POST sendTemplate":
		d.send(p, w, method, body)
	case "GET settings", "GET webhook", "POST typing":
		answerJSON(w, http.StatusOK, map[string]any{"webhookUrl": ""})
	case "POST settings", "POST webhook":
		p.called(method, body)
		if strings.Contains(string(body), "webhookUrl") {
			p.road.registered(body, "webhookUrl", "", "")
		}
		answerJSON(w, http.StatusOK, map[string]any{"update": map[string]any{}, "set": true})
	default:
		p.refuse(w, http.StatusNotFound, map[string]any{"error": "no such method"}, method)
	}
}

func (d chatapi) send(p *platform, w http.ResponseWriter, method string, body []byte) {
	m, err := d.read(p, method, body)
	if err != nil {
		p.refuse(w, http.StatusOK, map[string]any{"sent": false, "message": err.Error()}, err.Error())
		return
	}
	id := "true_" + m.chat + "_3EB0A1B2C3D4E5%d"
	if d.oneMSG {
		id = "wamid.OUT%d"
	}
	if id = p.take(w, m, id); id == "" {
		return
	}
	answerJSON(w, http.StatusOK, map[string]any{"sent": true, "id": id, "message": "Sent to " + m.chat})
	p.road.deliver(m.chat, encode(p.t, d.item(id, m.chat, "Acme", m.text, true, 1, p.now())))
}

func (d chatapi) read(p *platform, method string, body []byte) (m sent, err error) {
	var in struct {
		ChatID    string            `json:"chatId"`
		Body      string            `json:"body"`
		Action    string            `json:"action"`
		Button    string            `json:"buttonText"`
		Sections  json.RawMessage   `json:"sections"`
		Namespace string            `json:"namespace"`
		Template  string            `json:"template"`
		Language  map[string]string `json:"language"`
		Params    []struct {
			Type       string              `json:"type"`
			Parameters []map[string]string `json:"parameters"`
		} `json:"params"`
	}
	if err := strictly(body, &in); err != nil {
		return m, err
	}
	m = sent{chat: in.ChatID, text: in.Body, template: in.Template, list: method == "sendList"}
	if !d.oneMSG && method != "sendMessage" || !strings.HasSuffix(m.chat, "@c.us") {
		return m, errors.New("not a message to a person, or one that the platform has not")
	}
	if method == "sendTemplate" {
		if in.Namespace != chatSpace || in.Language["policy"] != "deterministic" || in.Language["code"] == "" || len(in.Params) != 1 {
			return m, errors.New("template is not defined")
		}
		var values []string
		for _, v := range in.Params[0].Parameters {
			values = append(values, v["text"])
		}
		m.text, err = fill(in.Template, values)
		return m, err
	}
	if d.oneMSG && p.closed(m.chat) {
		return m, errors.New("Dialog window is closed")
	}
	if method == "sendList" {
		var sections []section
		if err = strictly(in.Sections, &sections); in.Action == "" || units(in.Action) > 20 || len(sections) != 1 {
			err = errors.New("a list without what opens it")
		}
		m.addRows(sections)
	}
	if method == "sendButton" {
		var i interactive
		err = strictly(in.Sections, &i.Action.Buttons)
		for _, b := range i.Action.Buttons {
			m.buttons = append(m.buttons, button{Text: b.Reply.Title, Data: b.Reply.ID})
		}
	}
	if err == nil && method != "sendMessage" && len(m.buttons) == 0 {
		err = errors.New("no options")
	}
	if err == nil {
		err = fits(m, 4096)
	}
	return m, err
}

func (chatapi) path() string { return "/webhooks/whatsapp?token=" + url.QueryEscape(chatSecret) }

func (chatapi) header([]byte) http.Header { return http.Header{"Content-Type": {"application/json"}} }

func (d chatapi) conversation(chat string) channels.Event {
	return channels.Event{Channel: "whatsapp", Account: d.instance(), Conversation: chat}
}

// item is the webhook of one message. self is 1 for what the API sent, 0 for what was
// written on the phone.
func (d chatapi) item(id, chat, who, text string, own bool, self int, at time.Time) any {
	author := chat
	if own {
		author = "15550100001@c.us"
	}
	return map[string]any{"instanceId": d.instance(), "messages": []any{map[string]any{
		"id": id, "body": text, "fromMe": own, "self": self, "isForwarded": 0, "author": author, "time": at.Unix(), "chatId": chat,
		"type": "chat", "senderName": who, "caption": nil, "quotedMsgBody": nil, "quotedMsgId": nil, "chatName": "Dana",
	}}}
}

func (d chatapi) message(p *person, number int, text string) any {
	return d.item(fmt.Sprintf("false_%s_3A0B1C2D4E5F%d", p.chat, number), p.chat, p.name, text, false, 0, p.s.clock.now())
}

// tap comes in Meta's format, with the option's id.
func (d chatapi) tap(p *person, number int, b button) any {
	someone := *p
	someone.chat = strings.TrimSuffix(p.chat, "@c.us")
	w := whatsapp{}.tap(&someone, number, b).(map[string]any)
	w["instanceId"] = d.instance()
	return w
}

func (d chatapi) status(m sent, number int, state string, _ time.Time) any {
	return map[string]any{"instanceId": d.instance(), "ack": []any{map[string]any{
		"id": m.id, "queueNumber": number, "chatId": m.chat, "status": state,
	}}}
}

// batch puts the items of webhooks into one.
func (d chatapi) batch(all []any) any {
	out := map[string]any{"instanceId": d.instance()}
	for _, w := range all {
		for _, list := range []string{"messages", "ack"} {
			if items, ok := w.(map[string]any)[list].([]any); ok {
				before, _ := out[list].([]any)
				out[list] = append(before, items...)
			}
		}
	}
	return out
}

// takes needs nothing: a person takes a conversation by writing.
func (chatapi) takes(*person) bool { return false }

func (d chatapi) writes(p *person, text string) {
	p.on.note(p.chat, "Acme, by a person: "+text)
	p.next++
	p.post(d.item(fmt.Sprintf("true_%s_PHONE%d", p.chat, p.next), p.chat, "Acme", text, true, 0, p.s.clock.now()))
}

func (d chatapi) givesBack(p *person) { d.writes(p, goesOn) }
