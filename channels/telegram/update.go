package telegram

import (
	"encoding/json"

	"github.com/parley-chat/parley/channels"
)

// The objects of the Bot API, as far as they are read. Names are those of
// https://core.telegram.org/bots/api#available-types.
type (
	update struct {
		UpdateID        channels.Integer `json:"update_id"`
		Message         *message         `json:"message"`
		EditedMessage   *message         `json:"edited_message"`
		CallbackQuery   *callbackQuery   `json:"callback_query"`
		MyChatMember    *memberUpdated   `json:"my_chat_member"`
		MessageReaction *reactionUpdated `json:"message_reaction"`
	}

	user struct {
		ID           channels.Integer `json:"id"`
		IsBot        bool             `json:"is_bot"`
		FirstName    string           `json:"first_name"`
		LastName     string           `json:"last_name"`
		Username     string           `json:"username"`
		LanguageCode string           `json:"language_code"`
	}

	chat struct {
		ID   channels.Integer `json:"id"`
		Type string           `json:"type"`
	}

	message struct {
		MessageID       channels.Integer `json:"message_id"`
		MessageThreadID channels.Integer `json:"message_thread_id"`
		IsTopicMessage  bool             `json:"is_topic_message"`
		From            *user            `json:"from"`
		Chat            chat             `json:"chat"`
		Date            int64            `json:"date"`
		EditDate        int64            `json:"edit_date"`
		Text            string           `json:"text"`
		Caption         string           `json:"caption"`
		MediaGroupID    string           `json:"media_group_id"`
		ReplyToMessage  *repliedTo       `json:"reply_to_message"`
		ReplyMarkup     *inlineKeyboard  `json:"reply_markup"`

		Photo     []photoSize `json:"photo"`
		Document  *fileObject `json:"document"`
		Voice     *fileObject `json:"voice"`
		Audio     *fileObject `json:"audio"`
		Video     *fileObject `json:"video"`
		VideoNote *fileObject `json:"video_note"`
		Animation *fileObject `json:"animation"`
		Sticker   *sticker    `json:"sticker"`
		Location  *location   `json:"location"`
		Venue     *venue      `json:"venue"`
		Contact   *contact    `json:"contact"`
	}

	// repliedTo is a message as far as an answer to it needs.
	repliedTo struct {
		MessageID channels.Integer `json:"message_id"`
		// ForumTopicCreated marks what every message of a topic answers.
		ForumTopicCreated json.RawMessage `json:"forum_topic_created"`
	}

	photoSize struct {
		FileID   string `json:"file_id"`
		Width    int64  `json:"width"`
		Height   int64  `json:"height"`
		FileSize int64  `json:"file_size"`
	}

	fileObject struct {
		FileID   string `json:"file_id"`
		FileName string `json:"file_name"`
		MimeType string `json:"mime_type"`
		FileSize int64  `json:"file_size"`
	}

	sticker struct {
		FileID     string `json:"file_id"`
		FileSize   int64  `json:"file_size"`
		Emoji      string `json:"emoji"`
		IsAnimated bool   `json:"is_animated"`
		IsVideo    bool   `json:"is_video"`
	}

	location struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	}

	venue struct {
		Location location `json:"location"`
		Title    string   `json:"title"`
		Address  string   `json:"address"`
	}

	contact struct {
		PhoneNumber string           `json:"phone_number"`
		FirstName   string           `json:"first_name"`
		LastName    string           `json:"last_name"`
		UserID      channels.Integer `json:"user_id"`
		VCard       string           `json:"vcard"`
	}

	callbackQuery struct {
		ID      string   `json:"id"`
		From    user     `json:"from"`
		Message *message `json:"message"`
		Data    string   `json:"data"`
	}

	memberUpdated struct {
		Chat          chat       `json:"chat"`
		From          user       `json:"from"`
		Date          int64      `json:"date"`
		OldChatMember chatMember `json:"old_chat_member"`
		NewChatMember chatMember `json:"new_chat_member"`
	}

	chatMember struct {
		Status string `json:"status"`
	}

	reactionUpdated struct {
		Chat        chat             `json:"chat"`
		MessageID   channels.Integer `json:"message_id"`
		User        *user            `json:"user"`
		Date        int64            `json:"date"`
		NewReaction []reaction       `json:"new_reaction"`
	}

	reaction struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	}

	inlineKeyboard struct {
		Rows [][]inlineButton `json:"inline_keyboard"`
	}

	inlineButton struct {
		Text         string `json:"text"`
		CallbackData string `json:"callback_data,omitempty"`
		URL          string `json:"url,omitempty"`
	}
)
