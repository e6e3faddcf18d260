package examples

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// whatsapp is Meta's Cloud API: https://developers.facebook.com/documentation/business-messaging/whatsapp.
// It checks the address of the webhook first, signs webhooks, promises no order, puts
// several messages or statuses into one, and tries again with growing gaps. People of
// the business write with the Business app.
type whatsapp struct{}

// The credentials of Meta's app.
const (
	metaNumber = "106540352242922"
	metaToken  = "MARKED-meta-token"
	metaSecret = "MARKED-meta-secret"
	metaVerify = "MARKED-meta-verify"
	goesOn     = "Our assistant goes on."
)

const whatsappChannel = `
  whatsapp:
    type: whatsapp
    phone_number_id: "` + metaNumber + `"
    access_token: ${ env.META_ACCESS_TOKEN }
    app_secret: ${ env.META_APP_SECRET }
    verify_token: ${ env.META_VERIFY_TOKEN }
    give_back: ` + goesOn + `
    api_url: ${ env.API_URL }
`

func whatsappManners() manners {
	return manners{
		statuses: []string{"sent", "read", "delivered"},
		again:    func(attempt int) time.Duration { return time.Duration(5<<attempt) * second },
		limited: func(w http.ResponseWriter) {
			metaError(w, http.StatusTooManyRequests, 130429, "Rate limit hit")
		},
		broken: func(w http.ResponseWriter) {
			metaError(w, http.StatusInternalServerError, 131000, "Something went wrong")
		},
	}
}

// metaError answers like the Graph API does when a call fails.
func metaError(w http.ResponseWriter, status, code int, message string) {
	answerJSON(w, status, map[string]any{"error": map[string]any{
		"message": "(#" + strconv.Itoa(code) + ") " + message, "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf123"}})
}

// opens makes the handshake.
func (d whatsapp) opens(r *road) {
	q := url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {metaVerify}, "hub.challenge": {"1158201444"}}
	bot, _ := r.bot.Load().(string)
	resp, err := r.client.Get(bot + d.path() + "?" + q.Encode())
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || string(body) != "1158201444" {
		r.t.Fatalf("the handshake was answered with %d %q: %v", resp.StatusCode, body, err)
	}
}

// An interactive is a message with options, as Meta has it, and those that pass it on.
type interactive struct {
	Type string `json:"type"`
	Body struct {
		Text string `json:"text"`
	} `json:"body"`
	Action struct {
		Buttons []struct {
			Type  string `json:"type"`
			Reply struct {
				ID    string `json:"id"`
				Title string `json:"title"`
			} `json:"reply"`
		} `json:"buttons"`
		Button   string    `json:"button"`
		Sections []section `json:"sections"`
	} `json:"action"`
}

type section struct {
	Title string `json:"title"`
	Rows  []struct {
		ID          string `json:"id"`
		Title       string `json:"title"`
		Description string `json:"description"`
	} `json:"rows"`
}

// into adds the text and the options to a message.
func (i interactive) into(m *sent) error {
	m.text, m.list = i.Body.Text, i.Type == "list"
	for _, b := range i.Action.Buttons {
		if b.Type != "reply" {
			return errors.New("a button that is no reply")
		}
		m.buttons = append(m.buttons, button{Text: b.Reply.Title, Data: b.Reply.ID})
	}
	m.addRows(i.Action.Sections)
	if m.list != (len(i.Action.Sections) == 1 && i.Action.Button != "" && units(i.Action.Button) <= 20) || len(m.buttons) == 0 {
		return fmt.Errorf("an interactive message of type %q", i.Type)
	}
	return nil
}

func (m *sent) addRows(sections []section) {
	for _, s := range sections {
		for _, row := range s.Rows {
			m.buttons = append(m.buttons, button{Text: row.Title, Data: row.ID, Hint: row.Description})
		}
	}
}

func (d whatsapp) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Product     string       `json:"messaging_product"`
		Recipient   string       `json:"recipient_type"`
		To          string       `json:"to"`
		Type        string       `json:"type"`
		Opaque      string       `json:"biz_opaque_callback_data"`
		Interactive *interactive `json:"interactive"`
		Text        *struct {
			Body    string `json:"body"`
			Preview bool   `json:"preview_url"`
		} `json:"text"`
		Template *struct {
			Name     string            `json:"name"`
			Language map[string]string `json:"language"`
			Parts    []struct {
				Type       string              `json:"type"`
				Parameters []map[string]string `json:"parameters"`
			} `json:"components"`
		} `json:"template"`
		Status    string `json:"status"`
		MessageID string `json:"message_id"`
	}
	if r.Method != http.MethodPost || r.URL.Path != "/v25.0/"+metaNumber+"/messages" || r.Header.Get("Authorization") != "Bearer "+metaToken {
		p.complain("not a call of the Cloud API: %s %s", r.Method, r.URL.Path)
		metaError(w, http.StatusUnauthorized, 190, "Invalid OAuth access token")
		return
	}
	err := strictly(body, &in)
	if err == nil && in.Status == "read" && in.MessageID != "" {
		answerJSON(w, http.StatusOK, map[string]any{"success": true})
		return
	}
	m := sent{chat: in.To}
	switch {
	case err != nil:
	case in.Product != "whatsapp" || in.Recipient != "individual":
		err = errors.New("not a message to a person")
	case in.Type == "template" && in.Template != nil && len(in.Template.Parts) == 1 && in.Template.Language["code"] == "en":
		var values []string
		for _, v := range in.Template.Parts[0].Parameters {
			values = append(values, v["text"])
		}
		m.template = in.Template.Name
		m.text, err = fill(m.template, values)
	case p.closed(m.chat):
		metaError(w, http.StatusBadRequest, 131047, "Re-engagement message")
		p.complain("a message outside of the window")
		return
	case in.Type == "text" && in.Text != nil:
		m.text = in.Text.Body
		err = fits(m, 4096)
	case in.Type == "interactive" && in.Interactive != nil:
		if err = in.Interactive.into(&m); err == nil {
			err = fits(m, 1024)
		}
	default:
		err = fmt.Errorf("a message of type %q", in.Type)
	}
	if err != nil {
		metaError(w, http.StatusBadRequest, 100, "Invalid parameter")
		p.complain("the Cloud API refuses a message: %v: %s", err, body)
		return
	}
	if id := p.take(w, m, "wamid.OUT%d="); id != "" {
		answerJSON(w, http.StatusOK, map[string]any{"messaging_product": "whatsapp",
			"contacts": []any{map[string]any{"input": m.chat, "wa_id": m.chat}}, "messages": []any{map[string]any{"id": id}}})
	}
}

func (whatsapp) path() string { return "/webhooks/whatsapp" }

func (whatsapp) header(body []byte) http.Header {
	mac := hmac.New(sha256.New, []byte(metaSecret))
	mac.Write(body)
	return http.Header{"Content-Type": {"application/json"}, "X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
}

func (whatsapp) conversation(chat string) channels.Event {
	return channels.Event{Channel: "whatsapp", Account: metaNumber, Conversation: chat}
}

// change is a webhook with one change.
func (whatsapp) change(field, name string, item map[string]any) any {
	return map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"id": "102290129340398", "changes": []any{map[string]any{"field": field, "value": map[string]any{
			"messaging_product": "whatsapp", "metadata": map[string]any{"display_phone_number": "15550100881", "phone_number_id": metaNumber},
			name: []any{item},
		}}},
	}}}
}

func (d whatsapp) wrote(p *person, number int, kind string, content map[string]any) any {
	m := map[string]any{"from": p.chat, "id": fmt.Sprintf("wamid.IN%d=", number), "timestamp": unixText(p.s.clock.now()), "type": kind, kind: content}
	w := d.change("messages", "messages", m)
	value := w.(map[string]any)["entry"].([]any)[0].(map[string]any)["changes"].([]any)[0].(map[string]any)["value"].(map[string]any)
	value["contacts"] = []any{map[string]any{"profile": map[string]any{"name": p.name}, "wa_id": p.chat}}
	if kind != "text" {
		m["context"] = map[string]any{"from": "15550100881", "id": p.last.id}
	}
	return w
}

func (d whatsapp) message(p *person, number int, text string) any {
	return d.wrote(p, number, "text", map[string]any{"body": text})
}

func (d whatsapp) tap(p *person, number int, b button) any {
	return d.wrote(p, number, "interactive", tapped(p, b))
}

// tapped is what WhatsApp says of a tap.
func tapped(p *person, b button) map[string]any {
	kind, reply := "button_reply", map[string]any{"id": b.Data, "title": b.Text}
	if p.last.list {
		kind = "list_reply"
		if b.Hint != "" {
			reply["description"] = b.Hint
		}
	}
	return map[string]any{"type": kind, kind: reply}
}

func (d whatsapp) status(m sent, _ int, state string, at time.Time) any {
	return d.change("messages", "statuses", map[string]any{"id": m.id, "status": state, "timestamp": unixText(at), "recipient_id": m.chat})
}

// batch puts the entries of webhooks into one.
func (whatsapp) batch(all []any) any {
	var entries []any
	for _, w := range all {
		entries = append(entries, w.(map[string]any)["entry"].([]any)...)
	}
	return map[string]any{"object": "whatsapp_business_account", "entry": entries}
}

func (d whatsapp) wants(p *person, _ int, messages bool) any {
	value, detail := "stop", "User requested to stop marketing messages"
	if messages {
		value, detail = "resume", "User requested to resume marketing messages"
	}
	return d.change("user_preferences", "user_preferences", map[string]any{
		"wa_id": p.chat, "detail": detail, "category": "marketing_messages", "value": value, "timestamp": p.s.clock.now().Unix()})
}

// takes needs nothing: a person takes a conversation by writing.
func (whatsapp) takes(*person) bool { return false }

func (d whatsapp) writes(p *person, text string) {
	p.on.note(p.chat, "Acme, by a person: "+text)
	p.next++
	p.post(d.change("smb_message_echoes", "message_echoes", map[string]any{
		"from": "15550100881", "to": p.chat, "id": fmt.Sprintf("wamid.APP%d=", p.next), "timestamp": unixText(p.s.clock.now()),
		"type": "text", "text": map[string]any{"body": text}}))
}

func (d whatsapp) givesBack(p *person) { d.writes(p, goesOn) }

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
