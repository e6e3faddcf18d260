package channels

import (
	"encoding/json"
	"time"
)

// A Kind is the kind of an event.
type Kind string

// The kinds of events that platforms report, and those that Parley makes.
const (
	KindMessage  Kind = "message"
	KindChoice   Kind = "choice" // a tap on a button or a list row
	KindStatus   Kind = "status" // of a message that went out
	KindReaction Kind = "reaction"
	KindEdited   Kind = "edited"  // the person changed a message
	KindDeleted  Kind = "deleted" // the person took a message back: RefersTo is its id
	KindCall     Kind = "call"
	KindOptIn    Kind = "opt_in"  // the person wants messages, or no longer blocks the bot
	KindOptOut   Kind = "opt_out" // the person wants none, or blocks the bot
	KindStarted  Kind = "conversation_started"
	KindClosed   Kind = "conversation_closed" // gives back, as KindGiveBack of a platform
	KindReopened Kind = "conversation_reopened"
	KindAssigned Kind = "conversation_assigned" // takes over, as KindTakeOver
	KindTemplate Kind = "template"
	KindChannel  Kind = "channel"
	KindEcho     Kind = "echo"    // what the bot or its owner sent; starts nothing
	KindUnknown  Kind = "unknown" // verified, but not understood
	KindCustom   Kind = "custom"  // of your own; Name says which
	KindAgent    Kind = "agent_message"
	KindTakeOver Kind = "take_over"
	// KindGiveBack of a program gives any conversation back. That of a platform ends
	// what the platform took; one with Text, which are a person's words there, a
	// handoff of the flow too.
	KindGiveBack  Kind = "give_back"
	KindAdminSend Kind = "admin_send"
)

// Kinds returns all kinds, in the order of the reference.
func Kinds() []Kind {
	return []Kind{
		KindMessage, KindChoice, KindStatus, KindReaction, KindEdited, KindDeleted, KindCall, KindOptIn, KindOptOut,
		KindStarted, KindClosed, KindReopened, KindAssigned, KindTemplate, KindChannel, KindEcho,
		KindUnknown, KindCustom, KindAgent, KindTakeOver, KindGiveBack, KindAdminSend,
	}
}

// An Event is something that happened in a conversation, in one form for all
// platforms.
type Event struct {
	Kind Kind `json:"kind"`
	// Name is the name of an event of your own, with KindCustom.
	Name string `json:"name,omitempty"`
	// Channel is the name in bot.yaml, Account the platform's account or number
	// that was written to, Conversation the key of the conversation on it.
	Channel      string `json:"channel,omitempty"`
	Account      string `json:"account,omitempty"`
	Conversation string `json:"conversation,omitempty"`
	Sender       Sender `json:"sender,omitzero"`
	// ID is the platform's id of the message.
	ID string `json:"id,omitempty"`
	// DedupeID is unique for the event on this channel and account.
	DedupeID string    `json:"-"`
	Time     time.Time `json:"time,omitzero"`
	// Text is what was written, a caption, or the title of a choice.
	Text     string    `json:"text,omitempty"`
	Media    []Media   `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contacts []Contact `json:"contacts,omitempty"`
	Choice   *Choice   `json:"choice,omitempty"`
	// RefersTo is the platform's id of the message that this one answers,
	// reacts to, edits or reports on.
	RefersTo string  `json:"refers_to,omitempty"`
	Status   *Status `json:"status,omitempty"`
	// Posted is true for an event of a program, of Bot.Deliver and POST /events: the
	// bot sets it. What a platform gives back is only what it has taken itself.
	Posted bool `json:"posted,omitempty"`
	// Block is true with KindOptOut when the person blocked the bot or put it out of a
	// group, with KindOptIn and KindStarted when they undid that. An opt-out by a block
	// ends then, or with the next message or choice; one that the person asked for ends
	// with an opt-in that is no unblocking, or by their own word.
	Block bool `json:"block,omitempty"`
	// Bulk is true for an event of a program that nobody waits for: replies to
	// people go before what it brings about.
	Bulk bool `json:"bulk,omitempty"`
	// Data is what flows read as event.data, each field as a text. What has a field of
	// its own above is not in it.
	Data map[string]any `json:"data,omitempty"`
	// Raw is the payload as it came, for events of KindUnknown.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// A Sender is who wrote, as far as the platform knows. Flows read it as contact.*: what
// changes later replaces what came from the platform before, unless a flow stored a
// value of its own. An empty field says nothing.
type Sender struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email,omitempty"`
	// Language is a BCP 47 tag.
	Language string `json:"language,omitempty"`
}

// A MediaKind is the form of media.
type MediaKind string

// The forms of media.
const (
	Image MediaKind = "image"
	Audio MediaKind = "audio"
	Video MediaKind = "video"
	File  MediaKind = "file"
)

// Media is an image, a sound, a video or a file. Incoming media have a URL, or
// an ID that a MediaOpener opens; outgoing ones a URL. The bot keeps incoming media,
// and flows and histories see links of its own, which end.
type Media struct {
	Kind MediaKind `json:"kind"`
	URL  string    `json:"url,omitempty"`
	ID   string    `json:"id,omitempty"`
	MIME string    `json:"mime,omitempty"`
	// Size in bytes; 0 when unknown.
	Size int64  `json:"size,omitempty"`
	Name string `json:"name,omitempty"`
}

// A Location is a place.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// A Contact is a card of a person.
type Contact struct {
	Name   string   `json:"name"`
	Phones []string `json:"phones,omitempty"`
	Emails []string `json:"emails,omitempty"`
	// VCard is the card as the platform gave it.
	VCard string `json:"vcard,omitempty"`
}

// A Choice is a tap. ID is the option's id as it was sent out.
type Choice struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
}

// A Status tells what became of the message with the platform's id MessageID, or,
// with Until and no id, of all messages that the conversation was sent up to a time.
// The event of such a status names its conversation.
type Status struct {
	MessageID string `json:"message_id"`
	// Until is a time by the platform's clock.
	Until time.Time `json:"until,omitzero"`
	// State is sent, delivered, read or failed.
	State string `json:"state"`
	// Error is the platform's code or word for a failure.
	Error string `json:"error,omitempty"`
}
