package messaging

import (
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// message is what a person wrote, tapped or shared, or took back. What Meta does not
// deliver (is_unsupported, media that disappear) stays unknown.
func (c *Channel) message(e *channels.Event, m *message) {
	if m.Deleted == "true" {
		if m.Mid != "" {
			e.Kind, e.RefersTo, e.ID = channels.KindDeleted, string(m.Mid), ""
			e.DedupeID = "deleted:" + string(m.Mid)
		}
		return
	}
	if m.Mid != "" {
		e.DedupeID = "message:" + string(m.Mid)
	}
	e.RefersTo = string(m.ReplyTo.Mid)
	if !addContent(e, m) {
		return
	}
	e.Kind = channels.KindMessage
	if q := m.QuickReply; q != nil && q.Payload != "" {
		e.Kind, e.Choice = channels.KindChoice, &channels.Choice{ID: string(q.Payload), Title: string(m.Text)}
	}
	addData(e, "story_id", m.ReplyTo.Story.ID)
	addData(e, "story_url", m.ReplyTo.Story.URL)
	if len(m.Commands) > 0 {
		addData(e, "command", m.Commands[0].Name)
	}
	if m.Referral != nil {
		addReferral(e, m.Referral)
	}
}

// addContent adds the text and the attachments, and reports whether there was any.
func addContent(e *channels.Event, m *message) bool {
	e.Text = string(m.Text)
	said := m.Text != "" || m.QuickReply != nil && m.QuickReply.Payload != ""
	for i := range m.Attachments {
		if a := &m.Attachments[i]; !repeated(m.Attachments, a) && addAttachment(e, a) {
			said = true
		}
	}
	return said
}

// repeated reports whether an image is a sticker that is there as such, too: Meta sent
// both until August 30, 2026.
func repeated(all []attachment, a *attachment) bool {
	if a.Type != "image" || a.Payload.StickerID == "" {
		return false
	}
	for _, o := range all {
		if o.Type == "sticker" && o.Payload.StickerID == a.Payload.StickerID {
			return true
		}
	}
	return false
}

// addAttachment adds an attachment, and reports whether it says anything. A share of
// something that is no file is its address, as the text when there is no other.
func addAttachment(e *channels.Event, a *attachment) bool {
	p := &a.Payload
	address, title := p.URL, p.Title
	if address == "" {
		address = a.URL
	}
	if title == "" {
		title = a.Title
	}
	switch a.Type {
	case "image", "audio", "video", "file":
		addData(e, "sticker_id", p.StickerID)
		return addMedia(e, channels.MediaKind(a.Type), address)
	case "sticker":
		addData(e, "sticker_id", p.StickerID)
		return addMedia(e, channels.Image, address)
	case "reel", "ig_reel":
		addData(e, "shared", a.Type)
		addData(e, "title", title)
		addData(e, "video_id", p.VideoID)
		return addMedia(e, channels.Video, address)
	case "story_mention", "story", "ig_story", "media": // an image or a video
		addData(e, "shared", a.Type)
		return addMedia(e, channels.File, address)
	case "like_heart":
		return addText(e, "\u2764\uFE0F")
	case "location":
		return addLocation(e, p, title)
	case "fallback", "share", "post", "ig_post":
		addData(e, "shared", a.Type)
		addData(e, "title", title)
		addData(e, "url", address)
		addData(e, "post_id", p.ID)
		return addText(e, address) || addText(e, title)
	case "template":
		return addTemplate(e, p, title)
	case "appointment_booking":
		addBooking(e, p)
		return p.Booking != ""
	}
	return false
}

func addMedia(e *channels.Event, kind channels.MediaKind, address word) bool {
	if address == "" {
		return false
	}
	e.Media = append(e.Media, channels.Media{Kind: kind, URL: string(address)})
	return true
}

// addText makes something the text when nothing was written.
func addText(e *channels.Event, text word) bool {
	if text == "" {
		return false
	}
	if e.Text == "" {
		e.Text = string(text)
	}
	return true
}

func addLocation(e *channels.Event, p *attached, title word) bool {
	if p.Coordinates == nil {
		return false
	}
	lat, err := strconv.ParseFloat(string(p.Coordinates.Lat), 64)
	long, err2 := strconv.ParseFloat(string(p.Coordinates.Long), 64)
	if err != nil || err2 != nil || !(lat >= -90 && lat <= 90 && long >= -180 && long <= 180) {
		return false
	}
	e.Location = &channels.Location{Latitude: lat, Longitude: long, Name: string(title)}
	return true
}

// addTemplate adds products that were shared, or what a template of the bot says.
func addTemplate(e *channels.Event, p *attached, title word) bool {
	if len(p.Product.Elements) == 0 {
		return addText(e, p.Text) || addText(e, title)
	}
	items := make([]any, len(p.Product.Elements))
	var titles []string
	for i, x := range p.Product.Elements {
		items[i] = map[string]any{
			"product": string(x.ID), "retailer_id": string(x.RetailerID), "title": string(x.Title), "subtitle": string(x.Subtitle),
		}
		if x.Title != "" {
			titles = append(titles, string(x.Title))
		}
	}
	if e.Data == nil {
		e.Data = map[string]any{}
	}
	e.Data["products"] = items
	addText(e, word(strings.Join(titles, "\n")))
	return true
}

func addBooking(e *channels.Event, p *attached) {
	for _, d := range []struct {
		name  string
		value word
	}{
		{"booking_id", p.Booking}, {"booking_status", p.Status}, {"booking_start", p.Start}, {"booking_end", p.End},
		{"booking_timezone", p.Timezone},
	} {
		addData(e, d.name, d.value)
	}
}
