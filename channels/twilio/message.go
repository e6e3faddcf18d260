package twilio

import (
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// maxMedia is how many media a message has: …/messaging/guides/accepted-mime-types.
const maxMedia = 10

// message reads a message of a person: …/messaging/guides/webhook-request. It has no
// time. Its To is the account and its From the conversation, with the prefix of their
// service: the same number is another conversation by SMS than on WhatsApp, and what is
// sent to it goes back the same way.
func (f fields) message(id string) channels.Event {
	e := channels.Event{
		Kind: channels.KindUnknown, Account: f.get("To"), Conversation: f.get("From"), ID: id, DedupeID: "message:" + id,
		RefersTo: f.get("OriginalRepliedMessageSid"),
		Sender:   channels.Sender{ID: f.get("From"), Name: f.get("ProfileName"), Phone: phone(f.get("From"))},
	}
	if e.Conversation == "" {
		return e
	}
	f.addContent(&e)
	if e.Kind != channels.KindUnknown {
		f.addOrigin(&e)
	}
	return e
}

// addContent adds what was written, tapped or shared; the kind stays as it is when that
// is nothing.
func (f fields) addContent(e *channels.Event) {
	e.Text = f.get("Body")
	if f.addConsent(e) {
		return
	}
	f.addMedia(e)
	f.addLocation(e)
	f.addAnswers(e)
	if strings.TrimSpace(e.Text) != "" || e.Media != nil || e.Location != nil || e.Data != nil {
		e.Kind = channels.KindMessage
	}
	// A tap that shares a place is that place.
	if e.Location == nil {
		f.addChoice(e)
	}
}

// addConsent takes a keyword of Advanced Opt-Out, which Twilio has answered already:
// …/messaging/tutorials/advanced-opt-out.
func (f fields) addConsent(e *channels.Event) bool {
	switch word := strings.ToUpper(f.get("OptOutType")); word {
	case "STOP":
		e.Kind = channels.KindOptOut
	case "START":
		e.Kind = channels.KindOptIn
	case "HELP":
		e.Kind = channels.KindChannel
		addData(e, "event", "help")
	default:
		return false
	}
	return true
}

// addMedia adds media. Those at Twilio open with the account's credentials, or for
// anybody who has the address: they are known by their path only.
func (f fields) addMedia(e *channels.Event) {
	for i := range maxMedia {
		n := strconv.Itoa(i)
		address := f.get("MediaUrl" + n)
		if address == "" {
			continue
		}
		m := channels.Media{MIME: f.get("MediaContentType" + n)}
		m.Kind = mediaKind(m.MIME)
		if u, err := url.Parse(address); err == nil && mediaPath(u.Path) {
			m.ID = u.Path
		} else if web(address) {
			m.URL = address
		} else {
			continue
		}
		e.Media = append(e.Media, m)
	}
}

// mediaPath reports whether a path is that of a medium of a message:
// …/messaging/api/media-resource.
func mediaPath(s string) bool {
	return regexp.MustCompile(`^/2010-04-01/Accounts/AC[0-9a-fA-F]{32}/Messages/(SM|MM)[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32}$`).MatchString(s)
}

func mediaKind(mimeType string) channels.MediaKind {
	switch kind, _, _ := strings.Cut(mimeType, "/"); kind {
	case "image":
		return channels.Image
	case "audio":
		return channels.Audio
	case "video":
		return channels.Video
	}
	return channels.File
}

func (f fields) addLocation(e *channels.Event) {
	latitude, ok1 := degrees(f.get("Latitude"), 90)
	longitude, ok2 := degrees(f.get("Longitude"), 180)
	if ok1 && ok2 {
		e.Location = &channels.Location{Latitude: latitude, Longitude: longitude, Name: f.get("Label"), Address: f.get("Address")}
	}
}

func degrees(s string, most float64) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && math.Abs(n) <= most
}

// addChoice adds a tap on a button or on a row of a list. A button of a template that has
// no payload is known by its text.
func (f fields) addChoice(e *channels.Event) {
	id, title := f.get("ListId"), f.get("ListTitle")
	if id == "" {
		id, title = f.get("ButtonPayload", "ButtonText"), f.get("ButtonText")
	}
	if id == "" {
		return
	}
	if title == "" {
		title = e.Text
	}
	e.Kind, e.Text, e.Choice = channels.KindChoice, title, &channels.Choice{ID: id, Title: title}
}

// addAnswers adds what was filled in in a form of WhatsApp (a Flow).
func (f fields) addAnswers(e *channels.Event) {
	var answers map[string]any
	if err := channels.Decode([]byte(f.get("FlowData")), &answers); err == nil && answers != nil {
		e.Data = map[string]any{"response": answers}
	}
}

// addOrigin adds where a message comes from: an ad, another conversation, a place.
func (f fields) addOrigin(e *channels.Event) {
	for _, name := range [...]struct{ data, field string }{
		{"message_type", "MessageType"}, {"messaging_service", "MessagingServiceSid"}, {"external_user_id", "ExternalUserId"},
		{"city", "FromCity"}, {"state", "FromState"}, {"zip", "FromZip"}, {"country", "FromCountry"},
		{"referral_url", "ReferralSourceUrl"}, {"referral_id", "ReferralSourceId"}, {"referral_type", "ReferralSourceType"},
		{"referral_headline", "ReferralHeadline"}, {"referral_body", "ReferralBody"}, {"referral_click", "ReferralCtwaClid"},
	} {
		addData(e, name.data, f.get(name.field))
	}
	for data, field := range map[string]string{"forwarded": "Forwarded", "frequently_forwarded": "FrequentlyForwarded"} {
		if f.get(field) == "true" {
			addData(e, data, "true")
		}
	}
}

// phone is the number of an address, with its plus; "" for one that has none, such as a
// short code.
func phone(address string) string {
	_, number, ok := strings.Cut(address, ":")
	if !ok {
		number = address
	}
	if digits, ok := strings.CutPrefix(number, "+"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
		return number
	}
	return ""
}
