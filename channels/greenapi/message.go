package greenapi

import (
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// addMessage adds what a person wrote, or tapped.
func addMessage(e *channels.Event, n *notification) {
	e.Sender = sender(n.SenderData.Sender, n.SenderData.SenderName)
	if e.Conversation == "" {
		return
	}
	d := &n.MessageData
	if d.Quoted != nil {
		e.RefersTo = d.Quoted.StanzaID
	}
	switch d.TypeMessage {
	case "textMessage":
		if d.TextMessage != nil {
			setText(e, d.TextMessage.TextMessage)
		}
	case "extendedTextMessage", "quotedMessage":
		switch {
		case d.ExtendedText != nil:
			setText(e, d.ExtendedText.Text)
		case d.TextMessage != nil:
			setText(e, d.TextMessage.TextMessage)
		}
	case "reactionMessage":
		if d.ExtendedText != nil {
			e.Kind, e.Text = channels.KindReaction, channels.Clean(d.ExtendedText.Text)
		}
	case "editedMessage":
		if d.EditedMessage != nil {
			setText(e, d.EditedMessage.TextMessage)
			if d.EditedMessage.TextMessage == "" {
				setText(e, d.EditedMessage.Caption)
			}
			if e.Kind == channels.KindMessage {
				e.Kind, e.RefersTo = channels.KindEdited, d.EditedMessage.StanzaID
			}
		}
	default:
		addContent(e, d)
	}
}

// addContent adds what is not text.
func addContent(e *channels.Event, d *messageData) {
	switch d.TypeMessage {
	case "imageMessage", "stickerMessage":
		addFile(e, channels.Image, d.File)
	case "videoMessage":
		addFile(e, channels.Video, d.File)
	case "audioMessage":
		addFile(e, channels.Audio, d.File)
	case "documentMessage":
		addFile(e, channels.File, d.File)
	case "locationMessage":
		if l := d.Location; l != nil {
			e.Kind = channels.KindMessage
			e.Location = &channels.Location{
				Latitude: l.Latitude, Longitude: l.Longitude, Name: channels.Clean(l.NameLocation), Address: channels.Clean(l.Address),
			}
		}
	case "contactMessage":
		if d.Contact != nil {
			addContacts(e, *d.Contact)
		}
	case "contactsArrayMessage":
		switch {
		case d.Contacts != nil:
			addContacts(e, d.Contacts...)
		case d.Inner != nil:
			addContacts(e, d.Inner.Contacts...)
		}
	default:
		addChoice(e, d)
	}
}

// addChoice adds what was tapped.
func addChoice(e *channels.Event, d *messageData) {
	switch d.TypeMessage {
	// Both spellings are in the vendor's documentation.
	case "templateButtonsReplyMessage", "templateButtonReplyMessage":
		if b := d.TemplateButtonReply; b != nil {
			setChoice(e, b.SelectedID, b.SelectedDisplayText, b.StanzaID)
		}
	case "buttonsResponseMessage":
		if b := d.ButtonsReply; b != nil {
			setChoice(e, b.SelectedButtonID, b.SelectedButtonText, b.StanzaID)
		}
	case "listResponseMessage":
		if l := d.ListResponse; l != nil {
			setChoice(e, l.SingleSelectReply, l.Title, l.StanzaID)
		}
	case "pollUpdateMessage":
		addVote(e, d.Poll)
	default:
		addOther(e, d)
	}
}

// addVote adds what a person chose in a poll: one answer is a choice. None or
// several are a change of what was chosen, since each vote has them all.
func addVote(e *channels.Event, p *poll) {
	if p == nil {
		return
	}
	chosen := []string{}
	for _, v := range p.Votes {
		if slices.Contains(v.OptionVoters, e.Sender.ID) {
			chosen = append(chosen, channels.Clean(v.OptionName))
		}
	}
	if len(chosen) == 1 {
		setChoice(e, chosen[0], chosen[0], p.StanzaID)
	} else {
		e.Kind, e.Text, e.RefersTo = channels.KindEdited, strings.Join(chosen, "\n"), p.StanzaID
	}
	e.Data = map[string]any{"poll": channels.Clean(p.Name), "votes": chosen}
}

// addOther adds the rest that the classic product documents: messages that were
// taken back, polls, invitations, and those of other businesses with buttons.
func addOther(e *channels.Event, d *messageData) {
	switch d.TypeMessage {
	case "deletedMessage":
		if d.DeletedMessage != nil && d.DeletedMessage.StanzaID != "" {
			e.Kind, e.RefersTo = channels.KindDeleted, d.DeletedMessage.StanzaID
		}
	case "pollMessage":
		if d.Poll != nil && d.Poll.Name != "" {
			lines := []string{d.Poll.Name}
			for _, o := range d.Poll.Options {
				lines = append(lines, o.OptionName)
			}
			setText(e, strings.Join(lines, "\n"))
		}
	case "groupInviteMessage":
		if g := d.GroupInvite; g != nil {
			setText(e, strings.TrimSpace(g.Caption+"\n"+g.GroupName))
			e.Data = map[string]any{"group": channels.Clean(g.GroupName), "group_id": channels.Clean(g.GroupJID)}
		}
	default:
		for typ, b := range map[string]*buttoned{
			"buttonsMessage": d.Buttons, "listMessage": d.List, "templateMessage": d.Template,
			"interactiveButtons": d.Interactive, "interactiveButtonsReply": d.InteractiveReply,
		} {
			if typ == d.TypeMessage && b != nil {
				setText(e, b.text())
			}
		}
	}
}

// addContacts adds cards; those without anything in them are none.
func addContacts(e *channels.Event, cards ...contactMessage) {
	for _, c := range cards {
		if c.DisplayName != "" || c.VCard != "" {
			e.Kind = channels.KindMessage
			e.Contacts = append(e.Contacts, channels.Contact{Name: c.DisplayName, Phones: phones(c.VCard), VCard: c.VCard})
		}
	}
}

// setText makes a message of a text, unless GREEN-API could not read it and says
// so in its place.
func setText(e *channels.Event, text string) {
	if unreadable(text) || text == "" {
		return
	}
	e.Kind, e.Text = channels.KindMessage, channels.Clean(text)
}

// unreadable finds the marks {{SWE001}} and {{SWE002}}, of a text and a file that
// could not be had.
func unreadable(s string) bool {
	code, start := strings.CutPrefix(strings.TrimSpace(s), "{{SWE")
	code, end := strings.CutSuffix(code, "}}")
	return start && end && code != "" && strings.Trim(code, "0123456789") == ""
}

func addFile(e *channels.Event, kind channels.MediaKind, f *fileMessage) {
	if f == nil || f.DownloadURL == "" || unreadable(f.DownloadURL) {
		return
	}
	e.Kind, e.Text = channels.KindMessage, channels.Clean(f.Caption)
	e.Media = []channels.Media{{Kind: kind, URL: f.DownloadURL, MIME: f.MimeType, Name: f.FileName}}
}

func setChoice(e *channels.Event, id, title, answered string) {
	if id == "" && title == "" {
		return
	}
	e.Kind, e.Text, e.RefersTo = channels.KindChoice, channels.Clean(title), answered
	e.Choice = &channels.Choice{ID: id, Title: e.Text}
}

// sender reads an address such as 15550100017@c.us, whose digits are a number.
func sender(id, name string) channels.Sender {
	s := channels.Sender{ID: id, Name: channels.Clean(name)}
	digits, host, _ := strings.Cut(id, "@")
	if host == "c.us" && digits != "" && strings.Trim(digits, "0123456789") == "" {
		s.Phone = "+" + digits
	}
	return s
}

// phones reads the numbers of a card.
func phones(vcard string) []string {
	var out []string
	for line := range strings.Lines(vcard) {
		property, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		// item1.TEL;waid=15550100017:+1 555 010 0017
		name, _, _ := strings.Cut(property, ";")
		name = name[strings.LastIndex(name, ".")+1:]
		if ok && strings.EqualFold(name, "TEL") && value != "" {
			out = append(out, value)
		}
	}
	return out
}
