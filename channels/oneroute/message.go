package oneroute

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// events says what a webhook is for a conversation. One of a customer in a
// conversation that a person has is two: that the person has it, which silences
// the bot, and then the message.
func (p *payload) events() []channels.Event {
	unknown := []channels.Event{{Kind: channels.KindUnknown}}
	if p.document == nil || p.elsewhere() {
		return unknown
	}
	var out []channels.Event
	if kind := p.c.ruled(p.document, p.conversation); kind != "" {
		e := channels.Event{Kind: kind, Conversation: p.conversation, DedupeID: string(kind) + ":" + p.digest}
		if !p.isMessage() && len(p.raw) <= maxKept {
			e.Data = map[string]any{"payload": p.document}
		}
		out = append(out, e)
	}
	switch {
	case !p.isMessage() && len(out) > 0:
		return out
	case !p.isMessage():
		return unknown
	case p.Message.is.Sender.is.own():
		return append(out, p.ownMessage())
	}
	if agent := p.agent(); agent != "" {
		e := p.about(channels.KindAssigned)
		e.Data = map[string]any{"agent_id": agent}
		out = append(out, e)
	}
	return append(out, p.customerMessage())
}

func (p *payload) isMessage() bool {
	return strings.EqualFold(string(p.Event), "newMessage") && p.Message.ok && p.conversation != ""
}

// elsewhere reports whether the webhook is of another channel of the workspace,
// which the number of this one must not answer.
func (p *payload) elsewhere() bool {
	at := p.Conversation.is.Channel
	if p.c.channel != "" {
		return at.ok && string(at.is.ID) != p.c.channel
	}
	phone := number(string(at.is.Phone))
	return phone != "" && phone != p.c.from
}

// agent names the person who has the conversation; "" for nobody, or the bot's own
// user.
func (p *payload) agent() string {
	agents := p.Conversation.is.agents()
	if len(agents) == 0 || slices.ContainsFunc(agents, p.c.isBot) {
		return ""
	}
	return agents[0]
}

func (c *Channel) isBot(user string) bool { return slices.Contains(c.botUsers, user) }

// about makes an event beside that of the message.
func (p *payload) about(kind channels.Kind) channels.Event {
	return channels.Event{Kind: kind, Conversation: p.conversation, DedupeID: string(kind) + ":" + p.key()}
}

// key tells the message from others. The only id that it may have is that of the
// platform behind OneRoute; without one it is told by its conversation, its time
// and its content (inferred).
func (p *payload) key() string {
	m := &p.Message.is
	if isID(string(m.ExternalID)) {
		return string(m.ExternalID)
	}
	if p.Conversation.is.LastMessageAt == "" {
		return p.digest
	}
	sum := sha256.New()
	for _, s := range []word{
		p.Conversation.is.ID, p.Conversation.is.LastMessageAt, m.ConversationID, m.ContentType, m.Content,
		m.ImageURL, m.VideoURL, m.DocumentURL, m.AudioURL, word(m.Sender.is.AuthUser),
	} {
		sum.Write([]byte(s))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// ownMessage is what the workspace itself wrote. OneRoute does not say whether a
// person did, or the API on the bot's behalf. A person did when one has the
// conversation, or when the settings name the bot's users and this is none of them.
func (p *payload) ownMessage() channels.Event {
	name := string(p.Message.is.Sender.is.Name)
	kind := channels.KindEcho
	if !p.c.isBot(name) && (len(p.c.botUsers) > 0 || p.agent() != "") {
		kind = channels.KindTakeOver
	}
	e := p.about(kind)
	p.addContent(&e)
	e.Data = map[string]any{"agent": name}
	return e
}

// customerMessage is what the customer wrote; one without content is not
// understood.
func (p *payload) customerMessage() channels.Event {
	e := p.about(channels.KindMessage)
	p.addContent(&e)
	if e.Text == "" && len(e.Media) == 0 {
		return channels.Event{Kind: channels.KindUnknown}
	}
	who, customer := p.Message.is.Sender.is, p.Conversation.is.Customer.is
	e.Sender = channels.Sender{ID: p.conversation, Name: string(who.Name), Email: string(customer.Email)}
	if e.Sender.Name == "" {
		e.Sender.Name = string(customer.Name)
	}
	if p.number != "" {
		e.Sender.Phone = "+" + p.number
	}
	e.Data = map[string]any{}
	for name, value := range map[string]word{
		"conversation_id": p.Conversation.is.ID, "medium": p.Conversation.is.Channel.is.Medium,
	} {
		if value != "" {
			e.Data[name] = string(value)
		}
	}
	return e
}

// addContent adds the text and the media. Which address is there tells the form of
// the media (inferred).
func (p *payload) addContent(e *channels.Event) {
	m := &p.Message.is
	e.ID, e.RefersTo, e.Text = string(m.ExternalID), string(m.QuotedMessageID), string(m.Content)
	for _, media := range []channels.Media{
		{Kind: channels.Image, URL: string(m.ImageURL)}, {Kind: channels.Video, URL: string(m.VideoURL)},
		{Kind: channels.File, URL: string(m.DocumentURL)}, {Kind: channels.Audio, URL: string(m.AudioURL)},
	} {
		if media.URL != "" {
			e.Media = append(e.Media, media)
		}
	}
}
