package chatapi

import (
	"time"

	"github.com/parley-chat/parley/channels"
)

// Limits of 1MSG, whose command line tool refuses longer texts and more buttons
// (https://github.com/1msg/1msg-cli, src/send.ts), whose reference has the limits
// of a list (https://github.com/1msg/1sdk, swagger.waba.json); those of buttons
// and of interactive texts are WhatsApp's own.
const (
	maxText            = 4096
	maxInteractiveText = 1024
	maxCaption         = 1024
	maxButtons         = 3
	maxButtonTitle     = 20
	maxListButton      = 20
	maxRows            = 10
	maxRowTitle        = 24
	maxRowDescription  = 72
	maxOptionID        = 200
)

// captionRoom is what a caption leaves for the options and links that hang on it:
// neither platform documents buttons under media.
const captionRoom = 324

// maxDescription is the longest text that goes under the picture of a link, where
// WhatsApp cuts off what is longer (chosen here).
const maxDescription = 100

// window is how long after the person's last message WhatsApp takes free text.
// Chat API links a phone and has none.
const window = 24 * time.Hour

// whatsappRate is how many messages a second a number of WhatsApp takes, in and
// out: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput.
// Neither platform publishes a rate of its own.
const whatsappRate = 80

func capabilities(c *channels.Config) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	caps := channels.Capabilities{
		Text: text(maxText), Caption: text(maxCaption - captionRoom),
		Media: []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File},
		// A sound has no caption in WhatsApp.
		Captions: []channels.MediaKind{channels.Image, channels.Video, channels.File},
		Location: true, Contact: true,
	}
	if c.Text("dialect") != dialect1MSG {
		caps.Links = c.Text("link_preview") != ""
		return caps
	}
	caps.WithOptions = text(maxInteractiveText)
	caps.Buttons.Max, caps.Buttons.Label = maxButtons, text(maxButtonTitle)
	caps.List.Max, caps.List.Label, caps.List.Hint = maxRows, text(maxRowTitle), text(maxRowDescription)
	caps.OptionID = maxOptionID
	caps.Links, caps.Template = true, true
	caps.Window = window
	caps.Pace.PerSecond = whatsappRate
	return caps
}
