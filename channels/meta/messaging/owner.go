package messaging

import (
	"strings"

	"github.com/parley-chat/parley/channels"
)

// Who else may have a conversation: people in Meta's inbox, and other apps of the page
// or account. Meta routes each conversation to one of them: …/conversation-routing.

// mark begins the metadata of the bot's own messages, by which their echoes are known.
const mark = "parley:"

// inbox reports whether an app is an inbox of Meta's: that of the page, as
// …/conversation-routing and as …/message-echoes writes it, and that of Instagram.
func inbox(app word) bool {
	return app == "263902037430900" || app == "26390203743090" || app == "1217981644879628"
}

// echo is what the business wrote. When a person did, in Meta's inbox, the bot falls
// silent, or goes on at the words of the setting give_back; it was delivered already, so
// that it is never an agent_message, which the bot would send.
func (c *Channel) echo(e *channels.Event, m *message) {
	e.Kind, e.ID, e.RefersTo, e.Sender = channels.KindEcho, string(m.Mid), string(m.ReplyTo.Mid), channels.Sender{}
	if m.Mid != "" {
		e.DedupeID = "echo:" + string(m.Mid)
	}
	if m.Deleted == "true" {
		e.DedupeID = "own:deleted:" + string(m.Mid)
		return
	}
	addContent(e, m)
	addData(e, "app_id", m.AppID)
	if ref, ok := strings.CutPrefix(string(m.Metadata), mark); ok {
		addData(e, "ref", word(ref))
		return
	}
	if c.s.takeOver && c.byPerson(m.AppID) {
		e.Kind = channels.KindTakeOver
		addData(e, "team", team(m.AppID))
		if c.s.giveBack != "" && strings.TrimSpace(e.Text) == c.s.giveBack {
			e.Kind = channels.KindGiveBack
		}
	}
}

// byPerson reports whether somebody wrote a message in an inbox of Meta's. Other apps,
// which may be bots, take the conversation by Meta's routing.
func (c *Channel) byPerson(app word) bool {
	return inbox(app) || c.s.Marked && (app == "" || app == "0")
}

// team names who has a conversation, for operators.
func team(app word) word {
	if app == "" || app == "0" || inbox(app) {
		return "inbox"
	}
	return "app " + app
}

// held says of an event of standby that another app has the conversation. What the bot
// sent itself, and what nobody understands, stays what it is.
func (c *Channel) held(e *channels.Event) {
	app, _ := e.Data["app_id"].(string)
	ours := e.Data["ref"] != nil || c.s.appID != "" && app == c.s.appID
	switch e.Kind {
	case channels.KindUnknown, channels.KindGiveBack, channels.KindAssigned:
		return
	case channels.KindEcho:
		if ours || e.ID == "" {
			return
		}
	}
	if app == "" {
		addData(e, "team", "standby")
	} else {
		addData(e, "team", team(word(app)))
	}
	e.Kind, e.Choice = channels.KindTakeOver, nil
	if e.DedupeID != "" {
		e.DedupeID = "standby:" + e.DedupeID
	}
}

// control says who has the conversation now. Without the setting app_id, what was
// passed was passed to the bot, and what was taken was taken from it, as
// …/webhook-events/messaging_handovers says; nobody has one that is idle.
func (c *Channel) control(e *channels.Event, k *control, stamp word, passed bool) {
	to := k.New
	mine := passed
	if c.s.appID != "" && to != "" {
		mine = string(to) == c.s.appID
	}
	e.Sender = channels.Sender{}
	e.Kind = channels.KindAssigned
	if mine {
		e.Kind = channels.KindGiveBack
	} else {
		addData(e, "team", team(to))
	}
	e.DedupeID = strings.Join([]string{"control", e.Conversation, string(stamp), string(k.Previous), string(to)}, ":")
	addData(e, "previous_owner_app_id", k.Previous)
	addData(e, "new_owner_app_id", to)
	addData(e, "metadata", k.Metadata)
}
