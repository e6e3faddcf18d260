package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Receive takes a request of the Events API, an interaction or a slash command: all
// may come to the one address. What is not understood becomes an event of
// KindUnknown. The answer is an empty 200, within the 3 s that Slack gives, or the
// challenge of url_verification.
func (c *Channel) Receive(_ context.Context, r *channels.Request) (*channels.Received, error) {
	if r.Method != http.MethodPost {
		return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "not a POST"}
	}
	if c.verify && !c.proven(r) {
		return nil, &channels.RequestError{Status: http.StatusUnauthorized, Reason: "the signature is missing, old or wrong"}
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && t == "application/x-www-form-urlencoded" {
		return c.form(r.Body)
	}
	var e envelope
	if err := channels.Unmarshal(r.Body, &e); err != nil {
		return c.loose(r.Body)
	}
	if e.Type == "url_verification" && e.Challenge != "" {
		return &channels.Received{Answer: &channels.Answer{
			Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(e.Challenge),
		}}, nil
	}
	return c.received(r.Body, c.event(&e)), nil
}

// loose takes a body of an unforeseen form, if it is JSON at all.
func (c *Channel) loose(body []byte) (*channels.Received, error) {
	if err := channels.Unmarshal(body, &json.RawMessage{}); err != nil {
		return nil, &channels.RequestError{Status: http.StatusBadRequest, Reason: err.Error()}
	}
	var ids struct {
		TeamID  string `json:"team_id"`
		EventID string `json:"event_id"`
	}
	_ = channels.Unmarshal(body, &ids) // what it has of them
	return c.received(body, channels.Event{Kind: channels.KindUnknown, Account: ids.TeamID, DedupeID: eventKey(ids.EventID)}), nil
}

// received finishes events. Those that were not understood have the payload.
func (c *Channel) received(payload []byte, events ...channels.Event) *channels.Received {
	for i := range events {
		e := &events[i]
		e.Channel = c.name
		if e.Kind == channels.KindUnknown {
			e.Raw = withoutCredentials(payload)
		}
		if e.DedupeID == "" {
			sum := sha256.Sum256(payload)
			e.DedupeID = "digest:" + hex.EncodeToString(sum[:16]) + ":" + strconv.Itoa(i)
		}
	}
	return &channels.Received{Events: events}
}

func eventKey(id string) string {
	if id == "" {
		return ""
	}
	return "event:" + id
}

// event says what a payload of the Events API is for a conversation.
func (c *Channel) event(en *envelope) channels.Event {
	e := channels.Event{Kind: channels.KindUnknown, Account: en.TeamID, DedupeID: eventKey(en.EventID), Time: unix(en.EventTime)}
	if en.Type == "app_rate_limited" {
		e.Kind, e.Time = channels.KindChannel, unix(en.MinuteRateLimited)
		e.DedupeID = "app_rate_limited:" + strconv.FormatInt(en.MinuteRateLimited, 10)
		e.Data = map[string]any{"event": en.Type}
		return e
	}
	if en.Type != "event_callback" || en.Event == nil {
		return e
	}
	ev := en.Event
	if t := when(ev.EventTS); !t.IsZero() {
		e.Time = t
	}
	e.Conversation = string(ev.Channel)
	e.Sender = sender(&ev.message)
	switch ev.Type {
	case "message", "app_mention":
		c.message(&e, ev, botUser(en))
	case "reaction_added", "reaction_removed":
		reaction(&e, ev, botUser(en))
	default:
		c.happened(&e, ev, botUser(en))
	}
	return e
}

// happened reads what is neither a message nor a reaction.
func (c *Channel) happened(e *channels.Event, ev *event, bot string) {
	about := func(k channels.Kind) {
		e.Kind = k
		e.Data = map[string]any{"event": ev.Type}
	}
	inChannel := func(k channels.Kind) {
		if ev.Channel != "" {
			about(k)
		}
	}
	switch ev.Type {
	case "member_joined_channel":
		inChannel(channels.KindStarted)
		if e.Kind == channels.KindStarted && bot != "" {
			e.Data["self"] = string(ev.User) == bot
		}
	case "member_left_channel":
		// That somebody else left changes nothing for the bot.
		if bot != "" && string(ev.User) == bot {
			inChannel(channels.KindClosed)
		}
	case "app_home_opened":
		if ev.Tab == "messages" {
			inChannel(channels.KindStarted)
		}
	case "assistant_thread_started":
		if t := ev.AssistantThread; t.ChannelID != "" {
			about(channels.KindStarted)
			e.Sender = channels.Sender{ID: t.UserID}
			e.Conversation = c.conversation(t.ChannelID, "im", t.ThreadTS, "")
		}
	case "channel_left", "group_left", "channel_archive", "group_archive", "channel_deleted", "group_deleted":
		inChannel(channels.KindClosed)
	case "channel_unarchive", "group_unarchive":
		inChannel(channels.KindReopened)
	case "app_uninstalled", "tokens_revoked", "app_rate_limited", "scope_granted", "scope_denied",
		"team_access_granted", "team_access_revoked", "grid_migration_started", "grid_migration_finished":
		about(channels.KindChannel)
	}
}

// botUser is the app's own user in the workspace.
func botUser(en *envelope) string {
	for _, a := range en.Authorizations {
		if a.IsBot {
			return a.UserID
		}
	}
	return ""
}

// conversation is the key of a conversation: the channel, and with threads on the
// thread, which a message outside of all threads begins. Direct messages go on
// outside of threads.
func (c *Channel) conversation(channel, channelType, thread, ts string) string {
	if channel == "" || !c.threads {
		return channel
	}
	if thread == "" && channelType != "im" && channelType != "app_home" && !strings.HasPrefix(channel, "D") {
		thread = ts
	}
	if thread == "" {
		return channel
	}
	return channel + ":" + thread
}

func sender(m *message) channels.Sender {
	return channels.Sender{
		ID: string(m.User), Name: channels.Clean(first(m.Profile.DisplayName, m.Profile.RealName)),
		FirstName: channels.Clean(m.Profile.FirstName), Username: channels.Clean(m.Username),
	}
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

func unix(seconds int64) time.Time {
	if seconds <= 0 || seconds > maxUnix {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
