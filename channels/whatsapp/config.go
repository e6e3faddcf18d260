// Package whatsapp is the channel of Meta's WhatsApp Cloud API: webhooks in, the
// Graph API out. Wire facts are those of
// https://developers.facebook.com/documentation/business-messaging/whatsapp (webhooks
// below …/webhooks/reference, messages below …/messages) and of
// https://github.com/facebook/openapi; README.md says which were confirmed, which are
// inferred, and what nobody publishes.
package whatsapp

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/meta"
)

// Limits, of https://github.com/facebook/openapi/blob/main/business-messaging-api_v23.0.yaml
// (text: …/messages/text-messages). A list's body may have 4,096 characters by a newer
// page and 1,024 by that file: the smaller holds. An option's id may be that of a row
// or of a button, so it has the limit of a row.
const (
	maxText        = 4096
	maxBody        = 1024 // of interactive messages, and of captions
	maxButtons     = 3
	maxButtonTitle = 20
	maxRows        = 10
	maxRowTitle    = 24
	maxRowHint     = 72
	maxRowID       = 200
	maxListButton  = 20
	maxOpaque      = 512
)

// window is how long after the person's last message WhatsApp takes free text.
const window = 24 * time.Hour

// WhatsApp's own rates: …/whatsapp/throughput. How many messages may go to a person at
// once is chosen: more than a turn has.
const (
	perSecond      = 80 // of a number, in and out
	recipientEvery = 6 * time.Second
	recipientBurst = 10
)

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		MaxBody:      3 << 20,
		Type:         "whatsapp",
		Summary:      "WhatsApp through Meta's Cloud API.",
		Settings:     append(meta.Settings(), settings()...),
		Capabilities: capabilities,
		Sources:      sources(),
		// Meta tries again for 7 days.
		DedupeWindow: 8 * 24 * time.Hour,
		Setup:        setup,
		Simulation:   simulation,
		New:          newChannel,
	}
}

// setup is what is left to a person at the platform.
func setup(c *channels.Config) string {
	fields := "Manage webhook fields: subscribe messages. Publish the app: before, it gets webhooks of tests only."
	if c.Bool("register") {
		return "In the app's console under WhatsApp, Configuration, " + fields
	}
	return "In the app's console under WhatsApp, Configuration: callback URL {webhook}\n" +
		"and verify token {verify_token}, Verify and save. " + fields
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "phone_number_id", Kind: channels.SettingText, Required: true,
			Doc: "The Phone number ID, in the console under WhatsApp, API Setup: no phone number. Messages that name no account go out from it; " +
				"who writes to another number of the app is answered from that one.",
			Example: "106540352242922",
		},
		{
			Name: "template_language", Kind: channels.SettingText,
			Doc:     "The language of templates that name none, which WhatsApp requires. Without it such a template is not sent.",
			Example: "en_US",
		},
		{
			Name: "list_button", Kind: channels.SettingText, Default: "Options",
			Doc:     "The label, of at most 20 characters, of the button that opens a list.",
			Example: "Choose",
		},
		{
			Name: "receipts", Kind: channels.SettingEnum, Values: []string{"read", "typing", "off"}, Default: "read",
			Doc: "What people see of a message that the bot has taken: read, the blue ticks; typing, also that an answer is being written, " +
				"until it comes or for 25 seconds; off, nothing.",
			Example: "typing",
		},
		{
			Name: "phone", Kind: channels.SettingEnum, Values: []string{"take_over", "echo"}, Default: "take_over",
			Doc: "What a message does that somebody of the business writes with the WhatsApp Business app (field smb_message_echoes): " +
				"take_over silences the bot in that conversation, echo does nothing.",
			Example: "echo",
		},
		{
			Name: "give_back", Kind: channels.SettingText,
			Doc:     "The words with which somebody who writes with the WhatsApp Business app gives the conversation back to the bot. The other side sees them too.",
			Example: "Our assistant will go on with you.",
		},
		{
			Name: "groups", Kind: channels.SettingBool, Default: "false",
			Doc:     "Whether the bot answers in groups. Otherwise their messages are events of kind unknown.",
			Example: "true",
		},
		{
			Name: "register", Kind: channels.SettingBool, Default: "false",
			Doc: "Whether the bot itself tells WhatsApp where the messages of the phone_number_id go, as an override of the app's callback URL. " +
				"Webhooks of templates and accounts go to the app's callback URL all the same.",
			Example: "true",
		},
		{
			Name: "media_hosts", Kind: channels.SettingList,
			Doc:     "Hosts as `https://host` from which the bot may fetch media with the access token, besides *.fbsbx.com and the api_url: for proxies of the API.",
			Example: `["https://media.example.com"]`,
		},
	}
}

func capabilities(*channels.Config) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	caps := channels.Capabilities{
		Text: text(maxText), WithOptions: text(maxBody), Caption: text(maxBody),
		Media: []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		// A sound carries none.
		Captions: []channels.MediaKind{channels.Image, channels.Video, channels.File},
		OptionID: maxRowID, Location: true, Contact: true, Links: true, Template: true,
		Window: window,
		Pace:   channels.Pace{PerSecond: perSecond, Recipient: recipientEvery, RecipientBurst: recipientBurst},
	}
	caps.Buttons.Max, caps.Buttons.Label = maxButtons, text(maxButtonTitle)
	caps.List.Max, caps.List.Label, caps.List.Hint = maxRows, text(maxRowTitle), text(maxRowHint)
	return caps
}

// A Channel is the numbers of an app: the id of each is the account of its events.
// Beside the two methods of every channel it answers handshakes, checks its settings,
// marks messages as read and opens media.
type Channel struct {
	app                                    *meta.App
	name, number                           string
	templateLanguage, listButton, receipts string
	giveBack                               string
	phoneTakesOver, groups                 bool
	mediaHosts                             map[string]bool
	log                                    *slog.Logger
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Handshaker   = (*Channel)(nil)
	_ channels.Checker      = (*Channel)(nil)
	_ channels.Acknowledger = (*Channel)(nil)
	_ channels.MediaOpener  = (*Channel)(nil)
	_ channels.Registrar    = registering{}
)

func newChannel(c *channels.Config) (channels.Channel, error) {
	app, err := meta.New(c)
	if err != nil {
		return nil, err
	}
	ch := &Channel{
		app: app, name: c.Name, number: c.Text("phone_number_id"),
		templateLanguage: c.Text("template_language"), listButton: c.Text("list_button"), receipts: c.Text("receipts"),
		giveBack: strings.TrimSpace(c.Text("give_back")), phoneTakesOver: c.Text("phone") != "echo", groups: c.Bool("groups"), log: c.Log,
	}
	if !digits(ch.number) {
		return nil, errors.New(`setting "phone_number_id" is the id of a number, of digits only, and not the number itself`)
	}
	if ch.listButton == "" || channels.Measure(ch.listButton, channels.UTF16) > maxListButton {
		return nil, fmt.Errorf(`setting "list_button" is a text of at most %d characters`, maxListButton)
	}
	if ch.mediaHosts, err = mediaHosts(c.Lists["media_hosts"]); err != nil {
		return nil, err
	}
	if c.Bool("register") {
		return registering{ch}, nil
	}
	return ch, nil
}

// mediaHosts reads the setting of that name: schemes with hosts, and nothing else.
func mediaHosts(list []string) (map[string]bool, error) {
	hosts := map[string]bool{}
	for _, s := range list {
		u, err := url.Parse(strings.TrimSuffix(s, "/"))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
			u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New(`setting "media_hosts" is a list of https://host`)
		}
		hosts[origin(u)] = true
	}
	return hosts, nil
}

func origin(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }

// digits reports whether a text is a number of digits.
func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
