package discord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// The proof of a request: …/interactions/overview#setting-up-an-endpoint.
const (
	signatureHeader = "X-Signature-Ed25519"
	timeHeader      = "X-Signature-Timestamp"
)

// Receive takes an interaction or a webhook event: both may come to the one address.
// A command or a form is answered with "the bot is thinking", a tap with nothing that
// is seen, within the 3 s that Discord gives.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !c.proven(r) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing or wrong"}
	}
	raw := json.RawMessage(bytes.TrimSpace(r.Body))
	var in interaction
	if err := channels.Unmarshal(raw, &in); err != nil {
		if err := channels.Unmarshal(raw, &json.RawMessage{}); err != nil {
			return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
		}
		return c.received(raw, nil, channels.Event{Kind: channels.KindUnknown}), nil
	}
	switch {
	case in.Event != nil:
		return c.received(raw, &channels.Answer{Status: http.StatusNoContent}, happened(&in)), nil
	case in.Type == nil:
		return c.received(raw, nil, channels.Event{Kind: channels.KindUnknown, Account: in.ApplicationID}), nil
	case *in.Type == 0:
		return &channels.Received{Answer: &channels.Answer{Status: http.StatusNoContent}}, nil
	case *in.Type == typePing:
		return &channels.Received{Answer: answer(map[string]any{"type": answerPong})}, nil
	}
	if at := made(in.ID); c.verify && !at.IsZero() && r.Now.Sub(at) > tokenLife {
		// It can't be answered any more: somebody repeats it.
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the interaction is older than 15 minutes"}
	}
	return c.interaction(raw, &in), nil
}

// proven checks the signature of the time and the body. Verify compares nothing that is
// secret: the key is public.
func (c *Channel) proven(r *channels.Request) bool {
	proof, err := hex.DecodeString(r.Header.Get(signatureHeader))
	at := r.Header.Get(timeHeader)
	if err != nil || len(proof) != ed25519.SignatureSize || at == "" || len(c.key) != ed25519.PublicKeySize {
		return false
	}
	return ed25519.Verify(c.key, append([]byte(at), r.Body...), proof)
}

// received finishes events. Those that were not understood have the payload, without
// the token that answers it.
func (c *Channel) received(raw json.RawMessage, a *channels.Answer, events ...channels.Event) *channels.Received {
	for i := range events {
		e := &events[i]
		e.Channel, e.Text = c.name, channels.Clean(e.Text)
		if e.Kind == channels.KindUnknown {
			e.Raw = withoutToken(raw)
		}
		if e.DedupeID == "" {
			sum := sha256.Sum256(raw)
			e.DedupeID = "digest:" + hex.EncodeToString(sum[:16])
		}
	}
	return &channels.Received{Events: events, Answer: a}
}

func withoutToken(raw json.RawMessage) json.RawMessage {
	raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	var fields map[string]json.RawMessage
	if err := channels.Unmarshal(raw, &fields); err != nil || fields["token"] == nil {
		return raw
	}
	delete(fields, "token")
	clean, err := json.Marshal(fields)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return clean
}

// answer is the response to an interaction.
func answer(v any) *channels.Answer {
	body, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return &channels.Answer{Status: http.StatusOK, ContentType: "application/json", Body: body}
}

// happened reads a webhook event. They have no id: the payload tells them apart. Who
// authorized the app may have no conversation with it yet. Messages of lobbies and
// games can't be answered by a bot and are unknown.
func happened(in *interaction) channels.Event {
	ev := in.Event
	e := channels.Event{Kind: channels.KindUnknown, Account: in.ApplicationID, Time: moment(ev.Timestamp)}
	switch ev.Type {
	case "APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED", "ENTITLEMENT_CREATE", "ENTITLEMENT_UPDATE", "ENTITLEMENT_DELETE":
		e.Kind = channels.KindChannel
		e.Data = map[string]any{"event": ev.Type}
		for k, v := range map[string]string{"guild": ev.Data.Guild.ID, "user_id": ev.Data.UserID, "sku_id": ev.Data.SKU} {
			if v != "" {
				e.Data[k] = channels.Clean(v)
			}
		}
		if ev.Data.User != nil {
			e.Sender = person(ev.Data.User, "", "")
		}
	}
	return e
}

// moment reads a time, which comes without a zone and is taken as UTC.
func moment(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 && t.Year() < 10000 {
			return t.UTC()
		}
	}
	return time.Time{}
}

func person(u *user, nick, locale string) channels.Sender {
	return channels.Sender{
		ID: u.ID, Name: channels.Clean(first(nick, u.GlobalName, u.Username)), Username: channels.Clean(u.Username),
		Language: channels.Clean(locale),
	}
}

// sender is who used the app: a member of a server, or a user in a direct message.
func sender(in *interaction) channels.Sender {
	switch {
	case in.Member != nil && in.Member.User != nil:
		return person(in.Member.User, in.Member.Nick, in.Locale)
	case in.User != nil:
		return person(in.User, "", in.Locale)
	default:
		return channels.Sender{}
	}
}

// conversation is the key of a conversation: the channel, and outside of direct
// messages with the bot the person.
func (c *Channel) conversation(in *interaction, who string) string {
	channel := first(in.ChannelID, in.Channel.ID)
	if !digits(channel) {
		return ""
	}
	direct := in.GuildID == "" && (in.Context == nil || *in.Context == contextBotDM)
	if direct || !c.byPerson || !digits(who) {
		return channel
	}
	return channel + ":" + who
}

// digits reports whether a text is a snowflake.
func digits(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
