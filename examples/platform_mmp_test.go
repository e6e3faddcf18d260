package examples

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// mmp is VNA MMP with WhatsApp behind it: https://mdoc.lamhongquan.com. Published are
// two payloads and names; the path, the key's header, the answer and the events of
// conversations are settings, and this is an installation that has them as the README
// of the channel writes them. Its messages are the vendor's types. Neither order nor
// retries nor errors are published: here nothing is in order and it comes again, and
// errors are those of the types. Statuses know the message by its id alone.
type mmp struct{}

// The credentials of MMP.
const (
	mmpKey     = "MARKED-mmp-key"
	mmpSecret  = "MARKED-mmp-secret"
	mmpAccount = "0d9e8c7b-6a5f-4e3d-8c2b-1a0f9e8d7c6b"
	mmpUUID    = "5b0c7a1e-4f62-4c8d-9a37-%012d"
)

const mmpChannel = `
  support:
    type: mmp
    application: whatsapp
    api_url: ${ env.API_URL }
    api_key: ${ env.MMP_API_KEY }
    send_path: "/conversations/{conversation}/messages"
    headers: ["X-Api-Key: {api_key}"]
    body: '{"publicId": "{account}", "clientMessageId": "{ref}", "message": "{message}"}'
    message_id: data.messageId
    webhook_token: ${ env.MMP_WEBHOOK_TOKEN }
    events:
      - "conversation_assigned: conversation.event=ASSIGNED"
      - "take_over: conversation.event=AGENT_MESSAGE"
      - "give_back: conversation.event=UNASSIGNED"
    event_conversation: conversation.publicId
`

func mmpManners() manners {
	return manners{
		statuses: []string{"2 SEND", "5 READ", "4 DELIVERED"},
		again:    func(attempt int) time.Duration { return time.Duration(attempt) * 5 * second },
		limited: func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		broken: func(w http.ResponseWriter) { mmpError(w, http.StatusInternalServerError, "INTERNAL_SERVER_ERROR") },
	}
}

// mmpError answers with the vendor's type FormError.
func mmpError(w http.ResponseWriter, status int, code string) {
	answerJSON(w, status, map[string]any{"errors": []any{map[string]any{"name": "message", "code": code, "message": "refused"}}})
}

func (d mmp) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	chat, ok := strings.CutPrefix(r.URL.Path, "/conversations/")
	chat, isMessages := strings.CutSuffix(chat, "/messages")
	if r.Method != http.MethodPost || !ok || !isMessages || r.Header.Get("X-Api-Key") != mmpKey {
		p.complain("not a call of MMP: %s %s", r.Method, r.URL.Path)
		mmpError(w, http.StatusUnauthorized, "API_KEY_NOT_FOUND")
		return
	}
	m, err := d.read(p, chat, body)
	if err != nil {
		p.complain("MMP refuses a message: %v: %s", err, body)
		mmpError(w, http.StatusBadRequest, "FIELD_INVALID")
		return
	}
	if id := p.take(w, m, mmpUUID); id != "" {
		answerJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"messageId": id}})
	}
}

// read reads a RawMessage of the vendor's types.
func (mmp) read(p *platform, chat string, body []byte) (m sent, err error) {
	var in struct {
		Account string `json:"publicId"`
		Ref     string `json:"clientMessageId"`
		Message struct {
			Type        string `json:"type"`
			Text        string `json:"message"`
			Interactive struct {
				Type string `json:"type"`
				Body struct {
					Text string `json:"text"`
				} `json:"body"`
				Action struct {
					Buttons []struct {
						Type  string `json:"type"`
						ID    string `json:"id"`
						Title string `json:"title"`
					} `json:"buttons"`
					Button   string `json:"button"`
					Sessions []struct {
						ID    string `json:"id"`
						Title string `json:"title"`
						Rows  []struct {
							ID          string `json:"ID"`
							Title       string `json:"title"`
							Description string `json:"description"`
						} `json:"rows"`
					} `json:"sessions"`
				} `json:"action"`
			} `json:"whatsappInteractive"`
			Template struct {
				ID       string   `json:"templateId"`
				Type     int      `json:"type"`
				Language string   `json:"language"`
				Body     []string `json:"body"`
			} `json:"whatsappTemplateParam"`
		} `json:"message"`
	}
	if err := strictly(body, &in); err != nil {
		return m, err
	}
	m = sent{chat: chat, text: in.Message.Text}
	if in.Account != mmpAccount || len(in.Ref) != len(mmpAccount) || strings.Count(in.Ref, "-") != 4 {
		return m, errors.New("publicId or clientMessageId is wrong")
	}
	if in.Message.Type == "fb_whatsapp_template" {
		m.template = in.Message.Template.ID
		m.text, err = fill(m.template, in.Message.Template.Body)
		return m, err
	}
	if p.closed(chat) {
		return m, errors.New("a message outside of the window")
	}
	if in.Message.Type == "FB_WHATSAPP_INTERACTIVE" {
		i := in.Message.Interactive
		m.text, m.list = i.Body.Text, i.Type == "list"
		for _, b := range i.Action.Buttons {
			m.buttons = append(m.buttons, button{Text: b.Title, Data: b.ID})
		}
		for _, s := range i.Action.Sessions {
			for _, row := range s.Rows {
				m.buttons = append(m.buttons, button{Text: row.Title, Data: row.ID, Hint: row.Description})
			}
		}
		if len(m.buttons) == 0 {
			return m, errors.New("an interactive message without options")
		}
	} else if in.Message.Type != "text" {
		return m, fmt.Errorf("a message of type %q", in.Message.Type)
	}
	return m, fits(m, 1024)
}

func (mmp) path() string { return "/webhooks/support?token=" + url.QueryEscape(mmpSecret) }

func (mmp) header([]byte) http.Header { return http.Header{"Content-Type": {"application/json"}} }

func (mmp) conversation(chat string) channels.Event {
	return channels.Event{Channel: "support", Account: mmpAccount, Conversation: chat}
}

func (mmp) wrote(p *person, number int, message map[string]any) any {
	return map[string]any{
		"from": p.chat, "messageId": fmt.Sprintf("7f1d2c3b-4a59-4687-b8c9-%012d", number), "message": message,
		"contact": map[string]any{
			"avatarUrl": "https://cdn.example.test/avatar/17.png", "name": p.name, "language": "en", "country": "VN", "address": nil, "phone": "84900000017",
		},
		"timestamp": p.s.clock.now().UnixMilli(), "type": 2, "channelId": mmpAccount, "publicId": mmpAccount, "applicationId": 11,
	}
}

func (d mmp) message(p *person, number int, text string) any {
	return d.wrote(p, number, map[string]any{"type": "text", "message": text, "extra": map[string]any{"text": text, "type": "text"}})
}

func (d mmp) tap(p *person, number int, b button) any {
	return d.wrote(p, number, map[string]any{"type": "FB_WHATSAPP_INTERACTIVE", "message": "",
		"extra": map[string]any{"type": "interactive", "interactive": tapped(p, b)}})
}

func (mmp) status(m sent, number int, state string, at time.Time) any {
	var status int
	var cause string
	_, _ = fmt.Sscan(state, &status, &cause) // of constants
	return map[string]any{
		"messageId": m.id, "cause": cause, "clientMessageId": fmt.Sprintf("c7d1e0a4-8a55-4a0b-b9f1-%012d", number),
		"timestamp": at.UnixMilli(), "type": 1, "status": status, "publicId": mmpAccount, "applicationId": 11,
	}
}

func (d mmp) wants(p *person, number int, messages bool) any {
	kind := "UNSUBSCRIBED"
	if messages {
		kind = "SUBSCRIBED"
	}
	return d.wrote(p, number, map[string]any{"type": kind, "message": ""})
}

func (d mmp) takes(p *person) bool {
	d.happens(p, "ASSIGNED")
	return true
}

func (d mmp) writes(p *person, text string) {
	p.on.note(p.chat, "Acme, by a person: "+text)
	d.happens(p, "AGENT_MESSAGE")
}

func (d mmp) givesBack(p *person) { d.happens(p, "UNASSIGNED") }

func (mmp) happens(p *person, event string) {
	p.post(map[string]any{"timestamp": p.s.clock.now().UnixMilli(), "type": 5, "publicId": mmpAccount, "applicationId": 11,
		"conversation": map[string]any{"publicId": p.chat, "event": event}})
}
