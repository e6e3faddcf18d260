package channels

import "time"

// A Reply is what a flow says, before it is rendered for a channel.
type Reply struct {
	Text string `json:"text,omitempty"`
	// Options are offered to choose from.
	Options []Option `json:"options,omitempty"`
	// Media is sent with Text as its caption where there is room.
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contact  *Contact  `json:"contact,omitempty"`
	Links    []Link    `json:"links,omitempty"`
	// Template is sent instead where the platform's window is closed.
	Template *Template `json:"template,omitempty"`
}

// An Option is one of the answers offered. Its number is its place, from 1.
type Option struct {
	// ID is unique within the question; see also Choice.
	ID    string `json:"id"`
	Label string `json:"label"`
	Hint  string `json:"hint,omitempty"`
}

// A Link is a button that opens an address.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// A Template names a message that the platform approved.
type Template struct {
	Name     string   `json:"name"`
	Language string   `json:"language,omitempty"`
	Values   []string `json:"values,omitempty"`
}

// A Form is how options are shown.
type Form string

// The forms of options, from the best to the one that works everywhere.
const (
	FormButtons Form = "buttons"
	FormList    Form = "list"
	// FormText has the options in the text, numbered.
	FormText Form = "text"
)

// A Message is rendered: one request to the platform's API. Render makes it.
type Message struct {
	// Account and Conversation are where it goes, as in the events.
	Account      string `json:"account,omitempty"`
	Conversation string `json:"conversation,omitempty"`
	// Ref is Parley's reference of the message, 32 hexadecimal digits, the same
	// in every attempt. Channels use it as idempotency key where there is one.
	Ref string `json:"ref,omitempty"`
	// Text is within the limit of the channel; with media it is the caption.
	Text string `json:"text,omitempty"`
	// Form and Options: with FormText the options are in the text already.
	Form     Form      `json:"form,omitempty"`
	Options  []Option  `json:"options,omitempty"`
	Media    *Media    `json:"media,omitempty"`
	Location *Location `json:"location,omitempty"`
	Contact  *Contact  `json:"contact,omitempty"`
	Links    []Link    `json:"links,omitempty"`
	Template *Template `json:"template,omitempty"`
	// Bulk: nobody waits for it, and it has its place in the channel's rate already.
	Bulk bool `json:"bulk,omitempty"`
	// RemoveKeyboard asks to take away a keyboard that an earlier message showed.
	RemoveKeyboard bool `json:"remove_keyboard,omitempty"`
}

// A Unit is what a platform counts a text in.
type Unit string

// The units of text limits.
const (
	Runes     Unit = "runes"
	UTF16     Unit = "utf16"
	Bytes     Unit = "bytes"
	Graphemes Unit = "graphemes"
)

// A TextLimit is the longest text. Max 0 is no limit for a text or a label; a
// caption or a hint with Max 0 does not exist.
type TextLimit struct {
	Max  int
	Unit Unit
}

// Capabilities describe what a channel can show. One table feeds rendering,
// checks, simulation and docs. A zero value is a channel of plain text.
type Capabilities struct {
	Text TextLimit
	// WithOptions is the limit of a text that buttons, a list or links hang on; Max 0:
	// that of Text.
	WithOptions TextLimit
	// Caption is the limit of a text with media; Max 0: it goes on its own.
	Caption TextLimit
	// Captions are the kinds of media that carry a caption; nil: all of Media.
	Captions []MediaKind
	// Buttons: how many, and the longest label. Max 0: none.
	Buttons struct {
		Max   int
		Label TextLimit
	}
	// List: how many rows, and their longest label and hint. Max 0: none.
	List struct {
		Max   int
		Label TextLimit
		Hint  TextLimit
	}
	// OptionID is the longest id of an option, in bytes; 0: no limit.
	OptionID int
	// Media are the kinds that can be sent; others become a link in the text.
	Media []MediaKind
	// Location, Contact and Links tell whether there are native forms; else they
	// become text.
	Location, Contact, Links bool
	// Template tells whether templates exist.
	Template bool
	// Window is how long after the person's last message free text may be sent;
	// 0: always.
	Window time.Duration
	// Pace is how fast messages may go out.
	Pace Pace
	// StatusByID tells that statuses name the message only: the bot remembers for
	// some days in which conversation it was.
	StatusByID bool
	// Repeatable tells that the platform takes Message.Ref as an idempotency key:
	// a message whose outcome is unknown can be sent again without a second copy.
	Repeatable bool
}

// A Pace is how fast a platform lets messages go out. It is for being polite and
// fair: what the platform answers counts. Zeros are limits that nobody knows of.
type Pace struct {
	// PerSecond is the rate of all messages of the channel, Burst how many go at
	// once after a quiet time; 0 is those of one second.
	PerSecond float64
	Burst     int
	// BulkPerSecond bounds what nobody waits for, events that were posted as bulk,
	// further: it only gets what replies leave of PerSecond.
	BulkPerSecond float64
	// Recipient is the time between messages to one conversation, RecipientBurst
	// how many go at once after a quiet time; 0 is 1.
	Recipient      time.Duration
	RecipientBurst int
}
