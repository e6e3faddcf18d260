package slack

import (
	"strings"

	"github.com/parley-chat/parley/channels"
)

// message reads a message, or what became of one, by its subtype:
// https://docs.slack.dev/reference/events/message. A mention comes as app_mention
// and, where the app also sees the channel, as message: both are one event.
func (c *Channel) message(e *channels.Event, ev *event, bot string) {
	switch ev.Subtype {
	case "message_changed":
		c.changed(e, ev, bot)
	case "message_deleted":
		c.deleted(e, ev)
	case "bot_message":
		c.written(e, &ev.message, ev.ChannelType, bot)
		if e.Kind == channels.KindMessage {
			e.Kind = channels.KindEcho
		}
	case "", "file_share", "me_message", "thread_broadcast":
		c.written(e, &ev.message, ev.ChannelType, bot)
		if ev.Edited != nil && e.Kind == channels.KindMessage {
			c.edit(e, &ev.message)
		}
	default:
		// Somebody joined, a topic was set: kept, but nothing that a person said.
		e.Conversation = c.conversation(string(ev.Channel), ev.ChannelType, ev.ThreadTS, "")
	}
}

// written reads what somebody wrote.
func (c *Channel) written(e *channels.Event, m *message, channelType, bot string) {
	e.Conversation = c.conversation(string(m.Channel), channelType, m.ThreadTS, m.TS)
	e.ID, e.Sender = m.TS, sender(m)
	if t := when(m.TS); !t.IsZero() {
		e.Time = t
	}
	body, mentioned := withoutMention(m.Text, bot)
	e.Text = channels.Clean(readable(body))
	addFiles(e, m.Files)
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		e.RefersTo = m.ThreadTS
		addData(e, "thread", m.ThreadTS)
	}
	if mentioned {
		addData(e, "mentioned", true)
	}
	if m.Subtype != "" {
		addData(e, "subtype", m.Subtype)
	}
	if m.Channel == "" || m.TS == "" || e.Text == "" && len(e.Media) == 0 && !mentioned {
		return
	}
	e.DedupeID = "message:" + string(m.Channel) + ":" + m.TS
	e.Kind = channels.KindMessage
	if m.BotID != "" || m.User == "" || bot != "" && string(m.User) == bot {
		e.Kind = channels.KindEcho
	}
}

// edit makes an edit of a message that was read.
func (c *Channel) edit(e *channels.Event, m *message) {
	e.Kind, e.RefersTo = channels.KindEdited, m.TS
	e.DedupeID = "edited:" + string(m.Channel) + ":" + m.TS + ":" + m.Edited.TS
	if t := when(m.Edited.TS); !t.IsZero() {
		e.Time = t
	}
}

// changed reads message_changed. It also comes when Slack adds the preview of a
// link, which nobody wrote: then the mark of the edit is not new.
func (c *Channel) changed(e *channels.Event, ev *event, bot string) {
	if ev.Message == nil {
		return
	}
	m := *ev.Message
	m.Channel = ev.Channel
	if m.Subtype == "tombstone" {
		ev.DeletedTS = m.TS
		c.deleted(e, ev)
		return
	}
	at, eventID := e.Time, e.DedupeID
	c.written(e, &m, ev.ChannelType, bot)
	e.Time, e.DedupeID = at, eventID
	switch {
	case e.Kind != channels.KindMessage:
	case m.Edited == nil, ev.PreviousMessage != nil && ev.PreviousMessage.Edited != nil && ev.PreviousMessage.Edited.TS == m.Edited.TS:
		e.Kind = channels.KindUnknown
	default:
		c.edit(e, &m)
	}
}

// deleted reads that a message was deleted.
func (c *Channel) deleted(e *channels.Event, ev *event) {
	was := ev.PreviousMessage
	if was == nil {
		was = &message{}
	}
	e.Conversation = c.conversation(string(ev.Channel), ev.ChannelType, was.ThreadTS, ev.DeletedTS)
	if ev.Channel == "" || ev.DeletedTS == "" {
		return
	}
	e.Kind, e.ID, e.RefersTo = channels.KindDeleted, ev.DeletedTS, ev.DeletedTS
	e.Sender = sender(was)
	e.DedupeID = "deleted:" + string(ev.Channel) + ":" + ev.DeletedTS
	if was.BotID != "" {
		e.Kind = channels.KindEcho
	}
}

// reaction reads an emoji on a message. Which thread the message is in Slack does
// not tell, so that the conversation is the channel.
func reaction(e *channels.Event, ev *event, bot string) {
	if ev.Item.Type != "message" || ev.Item.Channel == "" || ev.Item.TS == "" {
		return
	}
	e.Kind, e.Conversation, e.RefersTo = channels.KindReaction, ev.Item.Channel, ev.Item.TS
	addData(e, "reaction", channels.Clean(ev.Reaction))
	if ev.Type == "reaction_added" {
		e.Text = channels.Clean(":" + ev.Reaction + ":")
	} else {
		addData(e, "removed", true)
	}
	if bot != "" && string(ev.User) == bot {
		e.Kind = channels.KindEcho
	}
}

// addFiles adds files by their id, for their address needs the token. Those that
// were deleted or are withheld are left out; what lies elsewhere has an address.
func addFiles(e *channels.Event, files []file) {
	for i := range files {
		f := &files[i]
		m := channels.Media{
			Kind: mediaKind(f.MIME), ID: f.ID, MIME: channels.Clean(f.MIME), Size: max(f.Size, 0), Name: channels.Clean(first(f.Name, f.Title)),
		}
		switch {
		case f.Mode == "tombstone", f.Mode == "hidden_by_limit", f.Access == "access_denied", f.Access == "file_not_found":
			continue
		case f.IsExternal && f.URL != "":
			m.ID, m.URL = "", channels.Clean(f.URL)
		case f.ID == "":
			continue
		}
		e.Media = append(e.Media, m)
	}
}

func mediaKind(mime string) channels.MediaKind {
	switch kind, _, _ := strings.Cut(mime, "/"); kind {
	case "image":
		return channels.Image
	case "audio":
		return channels.Audio
	case "video":
		return channels.Video
	default:
		return channels.File
	}
}

func addData(e *channels.Event, key string, value any) {
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data[key] = value
}
