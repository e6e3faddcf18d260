package greenapi

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
)

// The objects of notifications, as far as they are read. Those marked classic are
// documented for the vendor's older WhatsApp product alone.
type (
	notification struct {
		TypeWebhook  string       `json:"typeWebhook"`
		InstanceData instanceData `json:"instanceData"`
		Timestamp    int64        `json:"timestamp"`
		IDMessage    string       `json:"idMessage"`
		SenderData   senderData   `json:"senderData"`
		MessageData  messageData  `json:"messageData"`
		// outgoingMessageStatus
		ChatID      string `json:"chatId"`
		Status      string `json:"status"`
		Description string `json:"description"`
		// classic: of the instance, and of calls
		StateInstance  string      `json:"stateInstance"`
		StatusInstance string      `json:"statusInstance"`
		ChatState      string      `json:"chatState"`
		QuotaData      *quotaData  `json:"quotaData"`
		DeviceData     *deviceData `json:"deviceData"`
		From           string      `json:"from"`
	}

	quotaData struct {
		Method string `json:"method"`
		// The table of the documentation has texts, its sample numbers.
		Used        word   `json:"used"`
		Total       word   `json:"total"`
		Status      string `json:"status"`
		Description string `json:"description"`
	}

	deviceData struct {
		Platform    string `json:"platform"`
		DeviceModel string `json:"deviceModel"`
		Battery     word   `json:"battery"`
	}

	instanceData struct {
		IDInstance channels.Integer `json:"idInstance"`
	}

	senderData struct {
		ChatID     string `json:"chatId"`
		Sender     string `json:"sender"`
		SenderName string `json:"senderName"`
	}

	messageData struct {
		TypeMessage         string               `json:"typeMessage"`
		TextMessage         *textMessage         `json:"textMessageData"`
		File                *fileMessage         `json:"fileMessageData"`
		Location            *locationMessage     `json:"locationMessageData"`
		Contact             *contactMessage      `json:"contactMessageData"`
		TemplateButtonReply *templateButtonReply `json:"templateButtonReplyMessage"`
		// classic
		ExtendedText  *extendedText    `json:"extendedTextMessageData"`
		Quoted        *quoted          `json:"quotedMessage"`
		ButtonsReply  *buttonsResponse `json:"buttonsResponseMessage"`
		ListResponse  *listResponse    `json:"listResponseMessage"`
		EditedMessage *editedMessage   `json:"editedMessageData"`
		// Contacts are one level deeper in the sample than in the table.
		Contacts         []contactMessage `json:"contacts"`
		Inner            *contactsArray   `json:"messageData"`
		DeletedMessage   *deletedMessage  `json:"deletedMessageData"`
		Poll             *poll            `json:"pollMessageData"`
		GroupInvite      *groupInvite     `json:"groupInviteMessageData"`
		Buttons          *buttoned        `json:"buttonsMessage"`
		List             *buttoned        `json:"listMessage"`
		Template         *buttoned        `json:"templateMessage"`
		Interactive      *buttoned        `json:"interactiveButtons"`
		InteractiveReply *buttoned        `json:"interactiveButtonsReply"`
	}

	contactsArray struct {
		Contacts []contactMessage `json:"contacts"`
	}

	textMessage struct {
		TextMessage string `json:"textMessage"`
	}

	fileMessage struct {
		DownloadURL string `json:"downloadUrl"`
		Caption     string `json:"caption"`
		FileName    string `json:"fileName"`
		MimeType    string `json:"mimeType"`
	}

	locationMessage struct {
		NameLocation string  `json:"nameLocation"`
		Address      string  `json:"address"`
		Latitude     float64 `json:"latitude"`
		Longitude    float64 `json:"longitude"`
	}

	contactMessage struct {
		DisplayName string `json:"displayName"`
		VCard       string `json:"vcard"`
	}

	templateButtonReply struct {
		StanzaID            string `json:"stanzaId"`
		SelectedID          string `json:"selectedId"`
		SelectedDisplayText string `json:"selectedDisplayText"`
	}

	extendedText struct {
		Text string `json:"text"`
	}

	quoted struct {
		StanzaID string `json:"stanzaId"`
	}

	buttonsResponse struct {
		StanzaID           string `json:"stanzaId"`
		SelectedButtonID   string `json:"selectedButtonId"`
		SelectedButtonText string `json:"selectedButtonText"`
	}

	listResponse struct {
		StanzaID          string `json:"stanzaId"`
		Title             string `json:"title"`
		SingleSelectReply string `json:"singleSelectReply"`
	}

	editedMessage struct {
		TextMessage string `json:"textMessage"`
		Caption     string `json:"caption"`
		StanzaID    string `json:"stanzaId"`
	}

	deletedMessage struct {
		StanzaID string `json:"stanzaId"`
	}

	// poll is one that a person made, with options, or voted in, with votes.
	poll struct {
		StanzaID string `json:"stanzaId"`
		Name     string `json:"name"`
		Options  []struct {
			OptionName string `json:"optionName"`
		} `json:"options"`
		Votes []struct {
			OptionName   string   `json:"optionName"`
			OptionVoters []string `json:"optionVoters"`
		} `json:"votes"`
	}

	groupInvite struct {
		GroupJID  string `json:"groupJid"`
		GroupName string `json:"groupName"`
		Caption   string `json:"caption"`
	}

	// buttoned is a message that another business made. The documentation names its
	// texts in two ways.
	buttoned struct {
		TitleText   string `json:"titleText"`
		ContentText string `json:"contentText"`
		Header      string `json:"header"`
		Body        string `json:"body"`
	}
)

// text is what a message with buttons says.
func (b *buttoned) text() string {
	lines := []string{b.TitleText, b.ContentText, b.Header, b.Body}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}

// A word is a text or a number.
type word string

// UnmarshalJSON takes any value; one that is neither is "".
func (w *word) UnmarshalJSON(b []byte) error {
	*w = ""
	switch {
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(w))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*w = word(b)
	}
	return nil
}
