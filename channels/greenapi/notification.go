package greenapi

import "github.com/parley-chat/parley/channels"

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
		// classic: stateInstanceChanged, incomingCall
		StateInstance string `json:"stateInstance"`
		From          string `json:"from"`
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
		StanzaID    string `json:"stanzaId"`
	}
)
