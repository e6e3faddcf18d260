package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits. A body has 1,600 characters (…/messaging/api/message-resource), quick replies
// and lists have those of …/content/twilio-quick-reply and …/content/twiliolist-picker,
// captions and the label of a list's button those of WhatsApp. What a character is nobody
// says.
const (
	maxText        = 1600
	maxBody        = 1024 // of quick replies, of lists, and of captions
	maxButtons     = 3    // in a session
	maxButtonTitle = 20
	maxRows        = 10
	maxRowTitle    = 24
	maxOptionID    = 200
	maxListButton  = 20
)

// window is how long after the person's last message WhatsApp takes free text.
const window = 24 * time.Hour

// Rates: a WhatsApp sender has 80 messages in a second (…/whatsapp/best-practices-and-faqs)
// and WhatsApp takes one message to a person in 6 s. A long code of the US has one segment
// in a second (…/api/errors/30001): what goes faster waits at Twilio, in one queue for
// answers and bulk. The bursts are chosen: more than a turn has.
const (
	whatsAppPerSecond = 80
	recipientEvery    = 6 * time.Second
	smsPerSecond      = 1
	burst             = 10
)

// whatsApp begins the addresses of WhatsApp: …/messaging/channels.
const whatsApp = "whatsapp:"

// A Channel is the senders of an account: the address of each is the account of its
// events. Beside the two methods of every channel it checks its credentials, registers
// its webhook, tells how Twilio delivers, opens media and shows that it types.
type Channel struct {
	name, account, token       string
	key, keySecret             string
	apiURL, messagingURL       string
	from, service              string
	buttons, lists             []string
	listButton                 string
	templates                  map[string]string
	verify, register           bool
	mms, smartEncoding, typing bool
	http                       *http.Client
	// statusCallback is where statuses go if that is set, webhook where Register says.
	statusCallback string
	webhook        atomic.Pointer[string]
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
	_ channels.Registrar    = (*Channel)(nil)
	_ channels.Inspector    = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.MediaOpener  = (*Channel)(nil)
)

// capabilities are those of the service that from belongs to. What another service can't
// show, when an account has both, becomes text on the way out.
func capabilities(c *channels.Config) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	all := []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File}
	caps := channels.Capabilities{Text: text(maxText), Pace: channels.Pace{PerSecond: smsPerSecond, Burst: burst}}
	if !strings.HasPrefix(c.Text("from"), whatsApp) {
		if c.Bool("mms") {
			caps.Media, caps.Caption = all, text(maxText)
		}
		return caps
	}
	caps.WithOptions, caps.Caption = text(maxBody), text(maxBody)
	// WhatsApp shows no text with a sound, and the name of a file in its place.
	caps.Media, caps.Captions = all, []channels.MediaKind{channels.Image, channels.Video}
	caps.Buttons.Max, caps.Buttons.Label = len(c.Lists["button_contents"]), text(maxButtonTitle)
	caps.List.Max, caps.List.Label = len(c.Lists["list_contents"]), text(maxRowTitle)
	caps.OptionID, caps.Location, caps.Template, caps.Window = maxOptionID, true, true, window
	caps.Pace = channels.Pace{PerSecond: whatsAppPerSecond, Recipient: recipientEvery, RecipientBurst: burst}
	return caps
}

func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, account: c.Text("account_sid"), token: c.Text("auth_token"), key: c.Text("api_key"), keySecret: c.Text("api_key_secret"),
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"), from: strings.TrimSpace(c.Text("from")), service: c.Text("messaging_service_sid"),
		buttons: c.Lists["button_contents"], lists: c.Lists["list_contents"], listButton: strings.TrimSpace(c.Text("list_button")),
		verify: c.Text("verify") != "off", register: c.Text("register") != "false", mms: c.Bool("mms"),
		smartEncoding: c.Bool("smart_encoding"), typing: c.Bool("typing"), http: c.HTTP, statusCallback: c.Text("status_callback"),
	}
	if err := ch.checkCredentials(); err != nil {
		return nil, err
	}
	if err := ch.checkSending(); err != nil {
		return nil, err
	}
	var err error
	if ch.templates, err = templates(c.Lists["templates"]); err != nil {
		return nil, err
	}
	ch.messagingURL = messagingURL(ch.apiURL)
	return ch, nil
}

func (c *Channel) checkCredentials() error {
	switch {
	case !sid(c.account, "AC"):
		return errors.New(`setting "account_sid" is AC and 32 hexadecimal digits`)
	case c.verify && c.token == "":
		return errors.New(`setting "auth_token" is missing: without it no webhook can be verified; verify: off takes them from anybody`)
	case (c.key == "") != (c.keySecret == ""):
		return errors.New(`settings "api_key" and "api_key_secret" go together`)
	case c.key != "" && !sid(c.key, "SK"):
		return errors.New(`setting "api_key" is SK and 32 hexadecimal digits`)
	}
	return nil
}

func (c *Channel) checkSending() error {
	switch {
	case c.from == "" && c.service == "":
		return errors.New(`setting "from" or "messaging_service_sid" is needed: the sender of messages`)
	case strings.ContainsFunc(c.from, func(r rune) bool { return r < ' ' || r > '~' }):
		return errors.New(`setting "from" has characters that no sender has`)
	case c.service != "" && !sid(c.service, "MG"):
		return errors.New(`setting "messaging_service_sid" is MG and 32 hexadecimal digits`)
	case c.statusCallback != "" && !web(c.statusCallback):
		return errors.New(`setting "status_callback" is an address that begins with http:// or https://`)
	case len(c.buttons) > maxButtons:
		return fmt.Errorf(`setting "button_contents" has at most %d templates: those with one, two and three buttons`, maxButtons)
	case len(c.lists) > maxRows:
		return fmt.Errorf(`setting "list_contents" has at most %d templates: those with one to ten rows`, maxRows)
	case c.listButton == "" || channels.Measure(c.listButton, channels.UTF16) > maxListButton:
		return fmt.Errorf(`setting "list_button" is a text of at most %d characters`, maxListButton)
	}
	for name, list := range map[string][]string{"button_contents": c.buttons, "list_contents": c.lists} {
		for _, s := range list {
			if !sid(s, "HX") {
				return fmt.Errorf("setting %q is a list of Content SIDs: HX and 32 hexadecimal digits", name)
			}
		}
	}
	return nil
}

// statuses is where statuses go; "" when nobody said.
func (c *Channel) statuses() string {
	if webhook := c.webhook.Load(); c.statusCallback == "" && webhook != nil {
		return *webhook
	}
	return c.statusCallback
}

// templates reads the setting of that name: name=SID or name/language=SID.
func templates(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, line := range list {
		name, content, ok := strings.Cut(line, "=")
		if name, content = strings.TrimSpace(name), strings.TrimSpace(content); !ok || name == "" || !sid(content, "HX") {
			return nil, errors.New(`setting "templates" is a list of name=SID, where a SID is HX and 32 hexadecimal digits`)
		}
		out[name] = content
	}
	return out, nil
}

// messagingURL is where the APIs of Messaging Services and of WhatsApp senders are: of
// one region at the host messaging. instead of api.; of another server at the same.
func messagingURL(apiURL string) string {
	u, err := url.Parse(apiURL)
	if err != nil {
		return apiURL
	}
	region, ok := strings.CutPrefix(u.Host, "api.")
	if !ok || region != "twilio.com" && !strings.HasSuffix(region, ".twilio.com") {
		return apiURL
	}
	u.Host = "messaging." + region
	return u.String()
}

// sid reports whether a text is an id of Twilio's of a kind.
func sid(s, kind string) bool {
	return strings.HasPrefix(s, kind) && regexp.MustCompile(`^[A-Z]{2}[0-9a-fA-F]{32}$`).MatchString(s)
}

// web reports whether a text is an address that Twilio can open.
func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
