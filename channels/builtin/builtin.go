// Package builtin is the list of the channels that come with Parley.
package builtin

import (
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/chatapi"
	"github.com/parley-chat/parley/channels/discord"
	"github.com/parley-chat/parley/channels/greenapi"
	"github.com/parley-chat/parley/channels/innopaas"
	"github.com/parley-chat/parley/channels/instagram"
	"github.com/parley-chat/parley/channels/line"
	"github.com/parley-chat/parley/channels/messenger"
	"github.com/parley-chat/parley/channels/mmp"
	"github.com/parley-chat/parley/channels/oneroute"
	"github.com/parley-chat/parley/channels/slack"
	"github.com/parley-chat/parley/channels/telegram"
	"github.com/parley-chat/parley/channels/terminal"
	"github.com/parley-chat/parley/channels/twilio"
	"github.com/parley-chat/parley/channels/viber"
	"github.com/parley-chat/parley/channels/webchat"
	"github.com/parley-chat/parley/channels/webhook"
	"github.com/parley-chat/parley/channels/whatsapp"
	"github.com/parley-chat/parley/channels/zalo"
)

// Factories returns the channels that come with Parley, in the order of the
// reference. Add your own to the list that you give the bot.
func Factories() []channels.Factory {
	return []channels.Factory{
		mmp.Factory(),
		innopaas.Factory(),
		chatapi.Factory(),
		oneroute.Factory(),
		greenapi.Factory(),
		telegram.Factory(),
		whatsapp.Factory(),
		messenger.Factory(),
		instagram.Factory(),
		slack.Factory(),
		line.Factory(),
		viber.Factory(),
		zalo.Factory(),
		twilio.Factory(),
		discord.Factory(),
		webhook.Factory(),
		webchat.Factory(),
		terminal.Factory(),
	}
}
