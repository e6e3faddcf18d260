package line

import (
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// event says what an event of a webhook is for a conversation: …/#webhook-event-objects.
func (e *event) event() channels.Event {
	out := channels.Event{
		Kind: channels.KindUnknown, Conversation: e.Source.conversation(), Time: millis(e.Timestamp),
		Sender: channels.Sender{ID: string(e.Source.UserID)},
	}
	if out.Conversation == "" {
		e.aboutAccount(&out)
		return out
	}
	switch e.Type {
	case "message":
		if e.Message != nil {
			addMessage(&out, e.Message)
		}
	case "postback":
		addPostback(&out, e.Postback)
	case "unsend":
		if id := e.Unsend.MessageID; id != "" {
			out.Kind, out.RefersTo = channels.KindDeleted, string(id)
		}
	case "follow":
		if out.Kind, out.Block = channels.KindStarted, true; e.Follow.IsUnblocked == "true" {
			out.Kind = channels.KindOptIn
		}
	case "join":
		out.Kind, out.Block = channels.KindStarted, true
	case "unfollow", "leave":
		out.Kind, out.Block = channels.KindOptOut, true
	case "activated":
		out.Kind = channels.KindGiveBack
		addData(&out, "expire_at", e.Control.ExpireAt)
	case "deactivated":
		out.Kind = channels.KindAssigned
		addData(&out, "team", module)
	default:
		e.happened(&out)
	}
	return out
}

// happened adds what else may happen in a conversation. None of it is about what somebody
// said, so it is the channel's.
func (e *event) happened(out *channels.Event) {
	switch e.Type {
	case "memberJoined":
		addMembers(out, "member_joined", e.Joined)
	case "memberLeft":
		addMembers(out, "member_left", e.Left)
	case "videoPlayComplete":
		about(out, "video_play_complete")
		addData(out, "tracking_id", e.Video.TrackingID)
	case "beacon":
		about(out, "beacon")
		addData(out, "type", e.Beacon.Type)
		addData(out, "hwid", e.Beacon.HardwareID)
		addData(out, "message", e.Beacon.Message)
	case "accountLink":
		about(out, "account_link")
		addData(out, "result", e.Link.Result)
		addData(out, "nonce", e.Link.Nonce)
	case "membership":
		about(out, "membership")
		addData(out, "type", e.Membership.Type)
		addData(out, "membership_id", e.Membership.ID)
	default:
		e.aboutAccount(out)
	}
}

// aboutAccount adds what happens to the account itself, which has no source:
// https://developers.line.biz/en/reference/partner-docs/#module-channel-specific-webhook-events.
func (e *event) aboutAccount(out *channels.Event) {
	switch e.Type {
	case "module":
		about(out, "module")
		addData(out, "type", e.Module.Type)
		addData(out, "bot_id", e.Module.BotID)
		addData(out, "scopes", list(e.Module.Scopes))
		addData(out, "reason", e.Module.Reason)
	case "botSuspended":
		about(out, "bot_suspended")
	case "botResumed":
		about(out, "bot_resumed")
	case "delivery": // of a LINE notification message, which the bot does not send
		about(out, "delivery")
		addData(out, "delivery", e.Delivery.Data)
	}
}

func about(out *channels.Event, what word) {
	out.Kind = channels.KindChannel
	addData(out, "event", what)
}

func addMembers(out *channels.Event, what word, m members) {
	about(out, what)
	var ids []word
	for _, s := range m.Members {
		if s.UserID != "" {
			ids = append(ids, s.UserID)
		}
	}
	addData(out, "members", list(ids))
}

// list joins words; flows read it as one text.
func list(words []word) word {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = string(w)
	}
	return word(strings.Join(parts, " "))
}

// addMessage adds what somebody sent: …/#message-event. What has no form here stays
// unknown.
func addMessage(e *channels.Event, m *message) {
	e.ID, e.RefersTo = string(m.ID), string(m.QuotedID)
	addData(e, "mark_as_read_token", m.ReadMark)
	switch m.Type {
	case "text":
		if m.Text == "" {
			return
		}
		e.Kind, e.Text = channels.KindMessage, string(m.Text)
		for _, who := range m.Mention.Mentionees {
			if who.IsSelf == "true" || who.Type == "all" {
				addData(e, "mentioned", "true")
			}
		}
	case "image":
		addMedia(e, channels.Image, m)
		addData(e, "image_set_id", m.ImageSet.ID)
		addData(e, "image_set_index", m.ImageSet.Index)
		addData(e, "image_set_total", m.ImageSet.Total)
	case "video":
		addMedia(e, channels.Video, m)
		addData(e, "duration", m.Duration)
	case "audio":
		addMedia(e, channels.Audio, m)
		addData(e, "duration", m.Duration)
	case "file":
		addMedia(e, channels.File, m)
	case "location":
		addLocation(e, m)
	case "sticker":
		addSticker(e, m)
	}
}

// addMedia adds media by the id of their message, with which they open, or by their own
// address where the content is not LINE's.
func addMedia(e *channels.Event, kind channels.MediaKind, m *message) {
	media := channels.Media{Kind: kind, ID: string(m.ID), Name: string(m.FileName)}
	if n, err := strconv.ParseInt(string(m.FileSize), 10, 64); err == nil && n > 0 {
		media.Size = n
	}
	if m.Provider.Type == "external" {
		u, err := url.Parse(string(m.Provider.URL))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return
		}
		media.ID, media.URL = "", u.String()
	}
	if media.ID != "" || media.URL != "" {
		e.Kind, e.Media = channels.KindMessage, []channels.Media{media}
	}
}

func addLocation(e *channels.Event, m *message) {
	latitude, ok1 := degrees(m.Latitude, 90)
	longitude, ok2 := degrees(m.Longitude, 180)
	if ok1 && ok2 {
		e.Kind = channels.KindMessage
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude, Name: string(m.Title), Address: string(m.Address)}
	}
}

func degrees(w word, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(string(w), 64)
	return f, err == nil && math.Abs(f) <= most
}

// addSticker adds a sticker: it is said, like a text, but LINE publishes no address of
// its picture. Some have a text.
func addSticker(e *channels.Event, m *message) {
	if m.StickerID == "" {
		return
	}
	e.Kind, e.Text = channels.KindMessage, string(m.Text)
	addData(e, "sticker_id", m.StickerID)
	addData(e, "package_id", m.PackageID)
	addData(e, "sticker_type", m.Resource)
	addData(e, "keywords", list(m.Keywords))
}

// addPostback adds a tap. What the bot sent out has the id and the label, see
// postbackData; a date or time that was picked, or a rich menu, is in the event's data.
func addPostback(e *channels.Event, p *postback) {
	if p == nil || p.Data == "" {
		return
	}
	id, title, _ := strings.Cut(string(p.Data), labelMark)
	e.Kind, e.Text = channels.KindChoice, title
	e.Choice = &channels.Choice{ID: id, Title: title}
	for _, name := range []string{"date", "time", "datetime", "newRichMenuAliasId", "status"} {
		addData(e, name, p.Params[name])
	}
}
