// Package greenapi is the channel of GREEN-API's WhatsApp Business product (WABA,
// also called GreenWaba): webhooks in, its HTTP API out. Wire facts are those of
// https://green-api.com/en/waba/; README.md says which were confirmed there and
// which come from the vendor's older WhatsApp product.
package greenapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of WhatsApp below the API, which itself takes 20,000 characters and
// would report a longer text as failed later.
const (
	maxText    = 4096
	maxCaption = 1024
)

// The values of the setting mode.
const (
	push = "push"
	pull = "pull"
)

// Addresses of the API that serve instances without one of their own.
const (
	defaultAPI   = "https://api.green-api.com"
	defaultMedia = "https://media.green-api.com"
)

// rate is how many messages a second an instance takes:
// https://green-api.com/waba/api/ratelimiter.
const rate = 50

// window is how long after the person's last message WhatsApp takes free text.
const window = 24 * time.Hour

// Factory describes the channel.
func Factory() channels.Factory {
	return channels.Factory{
		Type:         "greenapi",
		Summary:      "WhatsApp Business through GREEN-API WABA (GreenWaba).",
		Settings:     settings(),
		Capabilities: capabilities,
		Variants:     variants(),
		Sources:      sources(),
		// GREEN-API tries again for 24 hours.
		DedupeWindow: 48 * time.Hour,
		Simulation:   simulation,
		New:          newChannel,
	}
}

func settings() []channels.Setting {
	return []channels.Setting{
		{
			Name: "instance", Kind: channels.SettingText, Required: true,
			Doc:     "The number of the instance (idInstance) in the console.",
			Example: "9900000017",
		},
		{
			Name: "token", Kind: channels.SettingSecret, Required: true,
			Doc:     "The instance's API token (apiTokenInstance) in the console.",
			Example: "${ env.GREENAPI_TOKEN }",
		},
		{
			Name: "mode", Kind: channels.SettingEnum, Values: []string{push, pull}, Default: push,
			Doc: "How messages come in. push is by webhooks; pull is from the queue of the instance, which needs no public address. " +
				"They exclude one another.",
			Example: pull,
		},
		{
			Name: "webhook_token", Kind: channels.SettingSecret, Own: true,
			Doc: "A secret of your own that GREEN-API sends with every webhook once it is set there (webhookUrlToken). Needed in mode push " +
				"unless verify is off.",
			Example: "${ env.GREENAPI_WEBHOOK_TOKEN }",
		},
		{
			Name: "verify", Kind: channels.SettingEnum, Values: []string{"on", "off"}, Default: "on",
			Doc:     "Whether webhooks without the webhook_token are refused. off takes them from anybody.",
			Example: "off",
		},
		{
			Name: "api_url", Kind: channels.SettingURL, Default: defaultAPI,
			Doc:     "The address of the API (apiUrl), which the console shows for each instance.",
			Example: "https://9900.api.green-api.com",
		},
		{
			Name: "media_url", Kind: channels.SettingURL,
			Doc: "The address that files are uploaded to (mediaUrl), which the console shows too. Without it " + defaultMedia +
				", or api_url where that is set.",
			Example: "https://9900.media.green-api.com",
		},
		{
			Name: "upload_from", Kind: channels.SettingList,
			Doc: "Addresses below which files are fetched by the bot and uploaded, because GREEN-API cannot reach them. Others are sent by " +
				"their address.",
			Example: `["http://files.internal.example.test/public/"]`,
		},
	}
}

func capabilities(*channels.Config) channels.Capabilities {
	return channels.Capabilities{
		Text:    channels.TextLimit{Max: maxText, Unit: channels.UTF16},
		Caption: channels.TextLimit{Max: maxCaption, Unit: channels.UTF16},
		Media:   []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		// A caption under another kind is dropped without a word.
		Captions: []channels.MediaKind{channels.Image, channels.Video},
		Template: true,
		Window:   window,
		Pace:     channels.Pace{PerSecond: rate},
	}
}

// A Channel is an instance of GREEN-API that posts webhooks. Beside the two methods
// of every channel it can register its webhook and check its state.
type Channel struct {
	name, instance, token, webhookToken, apiURL, mediaURL string
	verify                                                bool
	uploadFrom                                            []*url.URL
	http                                                  *http.Client
}

// Every ability that the bot may ask for.
var (
	_ channels.Channel   = (*Channel)(nil)
	_ channels.Registrar = (*Channel)(nil)
	_ channels.Checker   = (*Channel)(nil)
	_ channels.Inspector = (*Channel)(nil)
)

// newChannel makes a Channel, or in pull mode a Puller: two types, since each has
// an ability that the other must not have.
func newChannel(c *channels.Config) (channels.Channel, error) {
	ch := &Channel{
		name: c.Name, instance: c.Text("instance"), token: c.Text("token"), webhookToken: c.Text("webhook_token"),
		apiURL: strings.TrimSuffix(c.Text("api_url"), "/"), mediaURL: strings.TrimSuffix(c.Text("media_url"), "/"),
		verify: c.Text("verify") != "off", http: c.HTTP,
	}
	if ch.instance == "" || strings.Trim(ch.instance, "0123456789") != "" {
		return nil, errors.New(`setting "instance" is not a number`)
	}
	if ch.mediaURL == "" {
		if ch.mediaURL = defaultMedia; ch.apiURL != defaultAPI {
			ch.mediaURL = ch.apiURL
		}
	}
	for _, from := range c.Lists["upload_from"] {
		u, err := url.Parse(from)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New(`setting "upload_from" has an entry that is no address such as https://files.example.test/public/`)
		}
		ch.uploadFrom = append(ch.uploadFrom, u)
	}
	if c.Text("mode") == pull {
		return &Puller{channel: ch, log: c.Log}, nil
	}
	if ch.verify && ch.webhookToken == "" {
		return nil, errors.New(`setting "webhook_token" is missing: choose one, or write verify: off to take webhooks from anybody`)
	}
	if strings.ContainsAny(ch.webhookToken, " \t\r\n") {
		return nil, errors.New(`setting "webhook_token" has white space, which a header cannot carry`)
	}
	return ch, nil
}
