package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// eventsPath is where programs send events that no platform brings.
const eventsPath = "/events"

// maxName bounds the names of an event: of its channel, conversation and the like.
const maxName = 1024

// A postedEvent is the body of POST /events.
type postedEvent struct {
	Kind         channels.Kind  `json:"kind"`
	Name         string         `json:"name"`
	Channel      string         `json:"channel"`
	Account      string         `json:"account"`
	Conversation string         `json:"conversation"`
	Text         string         `json:"text"`
	Data         map[string]any `json:"data"`
	// ID is the dedupe id: an event whose id was seen before is not taken again.
	ID string `json:"id"`
	// Bulk is true for what nobody waits for: it is answered 429 while the channel
	// is busy with replies.
	Bulk bool `json:"bulk"`
}

// postedFields are the fields of a postedEvent, postedKinds the kinds that it may
// have: those that people and programs bring about, and no platform.
func postedFields() []string {
	return []string{"kind", "name", "channel", "account", "conversation", "text", "data", "id", "bulk"}
}

func postedKinds() []channels.Kind {
	return []channels.Kind{channels.KindCustom, channels.KindAgent, channels.KindTakeOver, channels.KindGiveBack, channels.KindAdminSend}
}

// events takes in one event of a program. The page is there only when bot.yaml
// has an api_token. The answer is 202 once the event is durable, 503 when the
// store can't say so in time, and a 4xx with a reason for what is wrong.
func (b *Bot) events(c *gin.Context) {
	v := b.version.Load()
	if v.apiToken == "" {
		b.refuseEvent(c, http.StatusNotFound, "there is no such page: bot.yaml has no api_token")
		return
	}
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || !channels.Equal(strings.TrimSpace(token), v.apiToken) {
		c.Header("WWW-Authenticate", "Bearer")
		b.refuseEvent(c, http.StatusUnauthorized, "the token is missing or wrong")
		return
	}
	if !strings.EqualFold(c.ContentType(), "application/json") {
		b.refuseEvent(c, http.StatusUnsupportedMediaType, "the content type is not application/json")
		return
	}
	if b.crowded.Load() {
		b.delayEvent(c)
		return
	}
	r, release, err := b.request(c, v, maxWebhook)
	defer release()
	if errors.Is(err, errBusy) {
		b.delayEvent(c)
		return
	}
	if e, ok := errors.AsType[*channels.RequestError](err); ok {
		b.refuseEvent(c, e.Status, e.Reason)
		return
	}
	e, err := readEvent(v, r.Body)
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, errEventSize) {
			status = http.StatusRequestEntityTooLarge
		}
		b.refuseEvent(c, status, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), intakeTime)
	defer cancel()
	err = b.Deliver(ctx, e)
	if busy, ok := errors.AsType[*BusyError](err); ok {
		c.Header("Retry-After", strconv.Itoa(int(busy.RetryAfter.Seconds())+1))
		c.JSON(http.StatusTooManyRequests, gin.H{"error": "the channel has no room for bulk events now: send it again, with the same id"})
		return
	}
	if err != nil {
		b.log.WarnContext(ctx, "event not accepted", "channel", e.Channel, "kind", string(e.Kind), "error", err)
		b.delayEvent(c)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"accepted": true})
}

// delayEvent has the program send the event again.
func (b *Bot) delayEvent(c *gin.Context) {
	c.Header("Retry-After", retryAfter)
	c.JSON(http.StatusServiceUnavailable, gin.H{"error": "the event can't be kept now: send it again, with the same id"})
}

// refuseEvent answers what is wrong with a request. The reason goes to whoever
// has the token, and to the log without what it quotes.
func (b *Bot) refuseEvent(c *gin.Context, status int, reason string) {
	ctx := c.Request.Context()
	switch status {
	case http.StatusUnauthorized:
		b.log.WarnContext(ctx, "event refused", "status", status, "reason", reason)
	case http.StatusNotFound:
		b.log.DebugContext(ctx, "event refused", "status", status, "reason", reason)
	default:
		b.log.InfoContext(ctx, "event refused", "status", status)
		b.log.DebugContext(ctx, "event refused", "status", status, "reason", reason)
	}
	c.JSON(status, gin.H{"error": reason})
}

// errEventSize: the event has no place in an inbox.
var errEventSize = errors.New("the event is over 60 kB")

// readEvent reads and checks the body. An error is for whoever sent it.
func readEvent(v *version, body []byte) (channels.Event, error) {
	var e channels.Event
	var given map[string]json.RawMessage
	if err := channels.Decode(body, &given); err != nil || given == nil {
		return e, errors.New("the body is not one JSON object")
	}
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(postedFields(), field) {
			return e, fmt.Errorf("there is no field %q; there are %s", field, strings.Join(postedFields(), ", "))
		}
	}
	var p postedEvent
	if err := channels.Decode(body, &p); err != nil {
		return e, fmt.Errorf("the event can't be read: %w", errors.Unwrap(err))
	}
	if err := p.check(v); err != nil {
		return e, err
	}
	e = channels.Event{
		Kind: p.Kind, Name: p.Name, Channel: p.Channel, Account: p.Account, Conversation: p.Conversation,
		Text: channels.Clean(p.Text), Data: p.Data, Bulk: p.Bulk,
	}
	if p.ID != "" {
		e.DedupeID = "posted:" + p.ID // never one of the platform
	}
	if payload, err := json.Marshal(e); err != nil || len(payload) > state.MaxEvent-4<<10 {
		return e, errEventSize
	}
	return e, nil
}

// check says what is wrong with the event.
func (p *postedEvent) check(v *version) error {
	if !slices.Contains(postedKinds(), p.Kind) {
		kinds := make([]string, 0, len(postedKinds()))
		for _, k := range postedKinds() {
			kinds = append(kinds, string(k))
		}
		return fmt.Errorf("kind can't be %q; it is one of %s", p.Kind, strings.Join(kinds, ", "))
	}
	if _, on := v.channels[p.Channel]; !on {
		return fmt.Errorf("channel: there is none named %q that is on; there are %s", p.Channel, strings.Join(v.order, ", "))
	}
	for _, name := range []struct{ field, value string }{{"account", p.Account}, {"conversation", p.Conversation}} {
		if name.value == "" {
			return fmt.Errorf("%s is missing: write what event.%s is in flows", name.field, name.field)
		}
	}
	for _, name := range []string{p.Account, p.Conversation, p.ID} {
		if len(name) > maxName || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			return fmt.Errorf("account, conversation and id are texts of at most %d bytes", maxName)
		}
	}
	if strings.Contains(p.Account, "/") || p.Conversation == ownRecord {
		return errors.New("there is no such account or conversation")
	}
	return p.checkContent(v)
}

// checkContent says what of the event does not belong to its kind.
func (p *postedEvent) checkContent(v *version) error {
	if p.Kind == channels.KindCustom {
		return v.checkEvent(p.Name, p.Data)
	}
	speaks := p.Kind == channels.KindAgent || p.Kind == channels.KindAdminSend
	switch {
	case p.Name != "":
		return fmt.Errorf("name is for the kind custom, not for %s", p.Kind)
	case speaks && strings.TrimSpace(p.Text) == "":
		return fmt.Errorf("text is missing: %s has what the person of the team says", p.Kind)
	case !speaks && p.Text != "":
		return fmt.Errorf("text is for the kinds %s and %s", channels.KindAgent, channels.KindAdminSend)
	}
	for field, value := range p.Data {
		takes := p.Kind == channels.KindAgent || p.Kind == channels.KindTakeOver
		if _, ok := value.(string); !takes || field != "team" || !ok {
			return fmt.Errorf("data: only the text team, of %s and %s", channels.KindAgent, channels.KindTakeOver)
		}
	}
	return nil
}
