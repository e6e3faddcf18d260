package mmp

import (
	"time"

	"github.com/parley-chat/parley/channels"
)

// The applications of the setting application, as events name them too.
const (
	other    = "other"
	viberBot = "viber_bot"
	rcs      = "rcs"
	apple    = "apple"
	whatsapp = "whatsapp"

	// whatsappID is WhatsApp's applicationId.
	whatsappID = "11"
)

// Limits of WhatsApp's interactive messages, as the platform's types have them.
// A text of another form may be longer in WhatsApp; one limit holds for all, since
// options hang on the last part of a text. An option's id may be that of a row or
// of a button, so it has the limit of a row.
const (
	maxInteractiveText = 1024
	maxButtons         = 3
	maxButtonTitle     = 20
	maxRows            = 10 // WhatsApp's own
	maxRowTitle        = 24
	maxRowDescription  = 72
	maxRowID           = 200
	maxListButton      = 20
)

// Limits that MMP does not publish: those of the platforms behind it, and a text
// that all of them take.
const (
	maxText         = 1000
	maxZaloText     = 2000
	maxRCSText      = 3072
	maxViberBotText = 7000
	maxSuggestions  = 11
	maxSuggestion   = 25
	maxViberButtons = 20
)

// window is how long after the person's last message WhatsApp takes free text.
const window = 24 * time.Hour

// whatsappRate is how many messages a second a number of WhatsApp takes, in and
// out: https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput.
const whatsappRate = 80

// capabilities are those of the platform behind the account, as far as MMP's
// types say how to use them. MMP's own rates are not published.
func capabilities(application string) channels.Capabilities {
	text := func(n int) channels.TextLimit { return channels.TextLimit{Max: n, Unit: channels.UTF16} }
	caps := channels.Capabilities{Text: text(maxText), StatusByID: true}
	switch application {
	case "viber", viberBot, rcs, "zalo", whatsapp:
		caps.Media = []channels.MediaKind{channels.Image, channels.Audio, channels.Video, channels.File}
	}
	switch application {
	case "zalo":
		caps.Text = text(maxZaloText)
	case rcs:
		caps.Text = text(maxRCSText)
		caps.Buttons.Max, caps.Buttons.Label = maxSuggestions, text(maxSuggestion)
	case viberBot:
		caps.Text = text(maxViberBotText)
		caps.Buttons.Max, caps.Buttons.Label = maxViberButtons, text(maxSuggestion)
	case apple:
		caps.Location = true
	case whatsapp:
		caps.Text, caps.Caption = text(maxInteractiveText), text(maxInteractiveText)
		// Only pictures are documented with a text of their own.
		caps.Captions = []channels.MediaKind{channels.Image}
		caps.Buttons.Max, caps.Buttons.Label = maxButtons, text(maxButtonTitle)
		caps.List.Max, caps.List.Label, caps.List.Hint = maxRows, text(maxRowTitle), text(maxRowDescription)
		caps.OptionID = maxRowID
		caps.Location, caps.Template = true, true
		caps.Window = window
		caps.Pace.PerSecond = whatsappRate
	}
	return caps
}
