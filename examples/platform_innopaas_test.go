package examples

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/parley-chat/parley/channels"
)

// innopaas is InnoPaaS WhatsApp: https://docs.innopaas.com/api-reference. Webhooks carry
// two values of the console. The API says in a code what it thinks, mostly with 200.
// Neither order nor retries are published: here nothing is in order, some come twice,
// and they come again. Statuses know the message by the id that the API answered, and
// there is no sent among them. It has no console for people.
type innopaas struct{}

// The credentials of InnoPaaS.
const (
	innoKey    = "MARKED-inno-key"
	innoToken  = "MARKED-inno-token"
	innoSecret = "MARKED-inno-secret"
	innoWABA   = "200000000000001"
	innoNumber = "6221900000001"
)

const innoChannel = `
  whatsapp:
    type: innopaas
    app_key: ${ env.INNOPAAS_APP_KEY }
    token: ${ env.INNOPAAS_TOKEN }
    webhook_token: ${ env.INNOPAAS_WEBHOOK_TOKEN }
    webhook_user: parley
    api_url: ${ env.API_URL }
`

func innoManners() manners {
	return manners{
		statuses: []string{"read", "delivered"},
		again:    func(attempt int) time.Duration { return time.Duration(attempt) * 5 * second },
		limited: func(w http.ResponseWriter) {
			innoAnswer(w, "130429", "Rate limit hit", "")
		},
		broken: func(w http.ResponseWriter) { innoAnswer(w, "131016", "Service unavailable", "") },
	}
}

func innoAnswer(w http.ResponseWriter, code, message, id string) {
	answerJSON(w, http.StatusOK, map[string]any{"code": code, "message": message, "data": id})
}

func (innopaas) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		WABA        string       `json:"wabaId"`
		Type        string       `json:"messageType"`
		From        string       `json:"sendNumber"`
		To          string       `json:"recipientNumber"`
		UID         string       `json:"uid"`
		Body        string       `json:"body"`
		Interactive *interactive `json:"interactive"`
		Template    string       `json:"templateName"`
		Language    string       `json:"language"`
		Values      []string     `json:"bodyParams"`
	}
	if r.Method != http.MethodPost || r.URL.Path != "/api/whatsapp/v3/msg/submit" || r.Header.Get("Appkey") != innoKey ||
		r.Header.Get("Authorization") != innoToken {
		p.complain("not a call of InnoPaaS: %s %s", r.Method, r.URL.Path)
		innoAnswer(w, "102", "The password is incorrect", "")
		return
	}
	err := strictly(body, &in)
	m, code := sent{chat: in.To, template: in.Template}, "108"
	switch {
	case err != nil:
	case in.WABA != innoWABA || in.From != innoNumber:
		err, code = errors.New("another account"), "118"
	case len(in.UID) > 32:
		err, code = errors.New("the uid is too long"), "105"
	case in.Type == "template" && in.Language == "en":
		m.text, err = fill(in.Template, in.Values)
	case p.closed(m.chat):
		err, code = errors.New("outside of the window"), "131047"
	case in.Type == "text":
		m.text = in.Body
		err, code = fits(m, 3000), "106"
	case in.Type == "interactive" && in.Interactive != nil:
		if err = in.Interactive.into(&m); err == nil {
			err = fits(m, 1024)
		}
	default:
		err = fmt.Errorf("a message of type %q", in.Type)
	}
	if err != nil {
		p.complain("InnoPaaS refuses a message: %v: %s", err, body)
		innoAnswer(w, code, "refused", "")
		return
	}
	if id := p.take(w, m, "412000000000000%d"); id != "" {
		innoAnswer(w, "0", "accepted", id)
	}
}

func (innopaas) path() string { return "/webhooks/whatsapp" }

func (innopaas) header([]byte) http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Username": {"parley"}, "Authorization": {innoSecret}}
}

func (innopaas) conversation(chat string) channels.Event {
	return channels.Event{Channel: "whatsapp", Account: innoWABA + ":" + innoNumber, Conversation: chat}
}

func (innopaas) envelope(kind, id string, at time.Time, body map[string]any) any {
	body["accountName"], body["wabaId"] = "IW900001", innoWABA
	return map[string]any{"id": id, "type": kind, "eventTime": at.UTC().Format("2006-01-02T15:04:05.000Z"), "body": body}
}

func (d innopaas) wrote(p *person, number int, kind string, content map[string]any) any {
	at := p.s.clock.now()
	body := map[string]any{
		"id": fmt.Sprintf("67a1b2c3d4e5f607%d", number), "wamid": fmt.Sprintf("wamid.IN%d", number), "from": p.chat, "to": innoNumber,
		"sendTime": at.UTC().Format("2006-01-02T15:04:05.000Z"), "customerProfile": map[string]any{"name": p.name}, "type": kind, kind: content,
	}
	if kind != "text" {
		body["context"] = map[string]any{"from": innoNumber, "id": "wamid." + p.last.id}
	}
	return d.envelope("whatsapp_mo_message_received", fmt.Sprintf("9c0d1e2f-3a4b-4c5d-8e6f-7081%08d", number), at, body)
}

func (d innopaas) message(p *person, number int, text string) any {
	return d.wrote(p, number, "text", map[string]any{"body": text})
}

func (d innopaas) tap(p *person, number int, b button) any {
	kind, reply := "buttonReply", map[string]any{"id": b.Data, "title": b.Text}
	if p.last.list {
		kind = "listReply"
		reply["description"] = b.Hint
	}
	return d.wrote(p, number, "interactive", map[string]any{"type": kind, kind: reply})
}

func (d innopaas) status(m sent, number int, state string, at time.Time) any {
	return d.envelope("whatsapp_message_status_updated", fmt.Sprintf("0c3b7e52-6d4f-4f0e-8a11-%s%d", m.id[9:], number), at, map[string]any{
		"id": m.id, "wamid": "wamid." + m.id, "sendPhone": m.chat, "status": state, "currency": "USD",
		"conversation": map[string]any{"id": "f0e1d2c3b4a5968778695a4b3c2d1e0f", "initiateType": "customer_initiated"},
	})
}
