package examples

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// telegram is Telegram: https://core.telegram.org/bots/api. It posts one update of a
// chat at a time, and again at once and then after 2, 4, 8 … seconds until one is
// answered 200, as its server's source has it. It reports no statuses, has no window,
// and nobody but the bot answers.
type telegram struct{}

const telegramChannel = `
  telegram:
    type: telegram
    token: ${ env.TELEGRAM_TOKEN }
    secret: ${ env.TELEGRAM_SECRET }
    api_url: ${ env.API_URL }
`

func telegramManners() manners {
	return manners{
		order: byChat, registers: true, unblocks: true,
		again: func(attempt int) time.Duration {
			if attempt == 1 {
				return 0
			}
			return time.Duration(min(1<<(attempt-1), 60)) * second
		},
		limited: func(w http.ResponseWriter) {
			telegramError(w, http.StatusTooManyRequests, "Too Many Requests: retry after 1", 1)
		},
		broken: func(w http.ResponseWriter) {
			telegramError(w, http.StatusInternalServerError, "Internal Server Error", 0)
		},
	}
}

func (telegram) serve(p *platform, w http.ResponseWriter, r *http.Request, body []byte) {
	method, ok := strings.CutPrefix(r.URL.Path, "/bot"+telegramToken+"/")
	if !ok || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		p.complain("not a call of the Bot API: %s %s", r.Method, r.URL.Path)
		telegramError(w, http.StatusNotFound, "Not Found", 0)
		return
	}
	switch method {
	case "sendMessage":
	default:
		p.complain("the Bot API has no method %s", method)
		telegramError(w, http.StatusNotFound, "Not Found", 0)
		return
	case "getFile": // nobody sent one
		p.called(method, body)
		telegramError(w, http.StatusBadRequest, "Bad Request: invalid file_id", 0)
		return
	case "setWebhook", "getWebhookInfo", "getMe", "answerCallbackQuery", "sendChatAction":
		p.called(method, body)
		if method == "setWebhook" && p.road != nil {
			p.road.registered(body, "url", "secret_token", telegramSecret)
		}
		answerJSON(w, http.StatusOK, map[string]any{"ok": true, "result": telegramResult(method)})
		return
	}
	var in struct {
		ChatID int64  `json:"chat_id"`
		Text   string `json:"text"`
		Markup struct {
			Rows [][]struct {
				Text string `json:"text"`
				Data string `json:"callback_data"`
			} `json:"inline_keyboard"`
		} `json:"reply_markup"`
	}
	err := strictly(body, &in)
	m := sent{chat: strconv.FormatInt(in.ChatID, 10), text: in.Text}
	for _, row := range in.Markup.Rows {
		for _, b := range row {
			m.buttons = append(m.buttons, button{Text: b.Text, Data: b.Data})
		}
	}
	for _, b := range m.buttons {
		if len(b.Data) == 0 || len(b.Data) > 64 {
			err = fmt.Errorf("callback_data of %d bytes", len(b.Data))
		}
	}
	if n := units(in.Text); n == 0 || n > 4096 {
		err = fmt.Errorf("a text of %d characters", n)
	}
	if err != nil {
		p.refuse(w, http.StatusBadRequest, map[string]any{"ok": false, "error_code": 400, "description": "Bad Request"}, err.Error())
		return
	}
	if id := p.take(w, m, "%d"); id != "" {
		answerJSON(w, http.StatusOK, map[string]any{"ok": true, "result": map[string]any{
			"message_id": jsonNumber(id), "date": p.now().Unix(), "chat": map[string]any{"id": in.ChatID, "type": "private"}, "text": in.Text,
		}})
	}
}

func telegramResult(method string) any {
	if method == "getWebhookInfo" {
		return map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": 0}
	}
	return true
}

// telegramError answers like the Bot API does when a call fails.
func telegramError(w http.ResponseWriter, code int, description string, retryAfter int) {
	body := map[string]any{"ok": false, "error_code": code, "description": description}
	if retryAfter > 0 {
		body["parameters"] = map[string]any{"retry_after": retryAfter}
	}
	answerJSON(w, code, body)
}

func (telegram) path() string { return "/webhooks/telegram" }

func (telegram) header([]byte) http.Header {
	return http.Header{"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {telegramSecret}}
}

func (telegram) conversation(chat string) channels.Event {
	return channels.Event{Channel: "telegram", Account: telegramAccount, Conversation: chat}
}

func telegramUser(chat string) map[string]any {
	return map[string]any{"id": jsonNumber(chat), "is_bot": false, "first_name": "Ann", "language_code": "en"}
}

func telegramBot() map[string]any {
	return map[string]any{"id": jsonNumber(telegramAccount), "is_bot": true, "first_name": "Acme"}
}

func (telegram) message(p *person, number int, text string) any {
	return map[string]any{"update_id": number, "message": map[string]any{
		"message_id": number, "date": p.s.clock.now().Unix(), "from": telegramUser(p.chat),
		"chat": map[string]any{"id": jsonNumber(p.chat), "type": "private", "first_name": "Ann"}, "text": text,
	}}
}

func (telegram) tap(p *person, number int, b button) any {
	var rows [][]map[string]any
	for _, b := range p.last.buttons {
		rows = append(rows, []map[string]any{{"text": b.Text, "callback_data": b.Data}})
	}
	return map[string]any{"update_id": number, "callback_query": map[string]any{
		"id": fmt.Sprintf("%s%d", p.chat, number), "from": telegramUser(p.chat), "chat_instance": "1", "data": b.Data,
		"message": map[string]any{
			"message_id": jsonNumber(p.last.id), "date": p.s.clock.now().Unix(), "text": p.last.text, "from": telegramBot(),
			"chat": map[string]any{"id": jsonNumber(p.chat), "type": "private"}, "reply_markup": map[string]any{"inline_keyboard": rows},
		},
	}}
}

// wants is the update of a person who blocks the bot, or unblocks it.
func (telegram) wants(p *person, number int, messages bool) any {
	before, now := "member", "kicked"
	if messages {
		before, now = now, before
	}
	return map[string]any{"update_id": number, "my_chat_member": map[string]any{
		"chat": map[string]any{"id": jsonNumber(p.chat), "type": "private", "first_name": "Ann"}, "from": telegramUser(p.chat),
		"date":            p.s.clock.now().Unix(),
		"old_chat_member": map[string]any{"user": telegramBot(), "status": before},
		"new_chat_member": map[string]any{"user": telegramBot(), "status": now},
	}}
}

func jsonNumber(s string) json.Number { return json.Number(s) }
