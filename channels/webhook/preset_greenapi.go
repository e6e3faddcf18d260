package webhook

import "github.com/parley-chat/parley/channels"

// greenapiRate is how many messages a second an instance takes, see the channel
// greenapi.
const greenapiRate = 50

// greenapiPreset has the wire facts of the channel greenapi, and their sources are
// in its README. From is the number of the instance, api_key its token.
func greenapiPreset() preset {
	return preset{
		values: map[string]string{
			"verify": "header",
			"id":     "idMessage", "account": "instanceData.idInstance", "time": "timestamp",
			"conversation": "senderData.chatId | chatId when typeWebhook=outgoingMessageStatus | " +
				"from when typeWebhook=incomingCall | from when typeWebhook=outgoingCall",
			"sender_id": "senderData.sender", "sender_name": "senderData.senderName", "sender_phone": "senderData.sender | from",
			"refers_to": "messageData.quotedMessage.stanzaId | messageData.editedMessageData.stanzaId | messageData.deletedMessageData.stanzaId | " +
				"messageData.templateButtonReplyMessage.stanzaId | messageData.buttonsResponseMessage.stanzaId | messageData.listResponseMessage.stanzaId",
			"text": "messageData.editedMessageData.textMessage | messageData.editedMessageData.caption | messageData.extendedTextMessageData.text | " +
				"messageData.textMessageData.textMessage | messageData.fileMessageData.caption | " +
				greenapiButtoned("buttonsMessage") + " | " + greenapiButtoned("listMessage") + " | " + greenapiButtoned("templateMessage"),
			"media_mime": "messageData.fileMessageData.mimeType", "media_name": "messageData.fileMessageData.fileName",
			"latitude": "messageData.locationMessageData.latitude", "longitude": "messageData.locationMessageData.longitude",
			"location_name": "messageData.locationMessageData.nameLocation", "location_address": "messageData.locationMessageData.address",
			"contacts":     "messageData.contactMessageData | messageData.contacts | messageData.messageData.contacts",
			"contact_name": "displayName", "contact_vcard": "vcard",
			"choice_id": "messageData.templateButtonReplyMessage.selectedId | messageData.buttonsResponseMessage.selectedButtonId | " +
				"messageData.listResponseMessage.singleSelectReply",
			"choice_title": "messageData.templateButtonReplyMessage.selectedDisplayText | messageData.buttonsResponseMessage.selectedButtonText | " +
				"messageData.listResponseMessage.title",
			"status": "status when typeWebhook=outgoingMessageStatus", "status_error": "description when status=failed | status",
			"api_url":       "https://api.green-api.com",
			"send_text":     `POST /waInstance{from}/sendMessage/{api_key} {"chatId": "{conversation}", "message": "{text}"}`,
			"send_media":    `POST /waInstance{from}/sendFileByUrl/{api_key} {"chatId": "{conversation}", "urlFile": "{media.url}", "fileName": "{media.file_name}", "caption": "{text?}"}`,
			"send_template": `POST /waInstance{from}/sendTemplate/{api_key} {"chatId": "{conversation}", "templateId": "{template.name}", "params": "{template.values?}"}`,
			"message_id":    "idMessage", "check": "GET /waInstance{from}/getStateInstance/{api_key}",
			"error_code": "correspondentsStatus.status when correspondentsStatus.status~_EXCEEDED | invokeStatus.status when invokeStatus.status~_EXCEEDED",
			"text_limit": "4096", "text_unit": "utf16", "caption_limit": "1024", "window_hours": "24",
		},
		pull: map[string]string{
			"poll": "GET /waInstance{from}/receiveNotification/{api_key}?receiveTimeout=20", "poll_interval": "0",
			"poll_receipt": "$.receiptId", "poll_done": "GET /waInstance{from}/deleteNotification/{api_key}/{receipt}",
		},
		lists: greenapiLists(),
		pace:  channels.Pace{PerSecond: greenapiRate},
	}
}

// greenapiButtoned is the text of a message with buttons. One with a header says
// more than a path can, and stays unknown.
func greenapiButtoned(name string) string {
	at := "messageData." + name
	return at + ".contentText when " + at + ".titleText=null, " + at + ".header=null"
}

func greenapiLists() map[string][]string {
	const in = "typeWebhook=incomingMessageReceived, messageData.typeMessage="
	const file = ": messageData.fileMessageData.downloadUrl when messageData.typeMessage="
	return map[string][]string{
		"events": {
			"unknown: instanceData.idInstance!={from}",
			"unknown: messageData.fileMessageData.downloadUrl~'{{SWE'",
			"unknown: messageData.textMessageData.textMessage='{{SWE001}}'", "unknown: messageData.textMessageData.textMessage='{{SWE002}}'",
			"status: typeWebhook=outgoingMessageStatus", "call: typeWebhook=incomingCall",
			"echo: typeWebhook=outgoingAPIMessageReceived", "echo: typeWebhook=outgoingMessageReceived", "echo: typeWebhook=outgoingCall",
			"channel: typeWebhook=stateInstanceChanged, stateInstance!=null", "channel: typeWebhook=statusInstanceChanged, statusInstance!=null",
			"channel: typeWebhook=deviceInfo, deviceData!=null", "channel: typeWebhook=quotaExceeded, quotaData!=null",
			"channel: typeWebhook=incomingBlock, chatState!=null",
			"reaction: " + in + "reactionMessage", "edited: " + in + "editedMessage", "deleted: " + in + "deletedMessage",
			"message: typeWebhook=incomingMessageReceived",
		},
		"dedupe": {"typeWebhook", "idMessage", "status"},
		"states": {"failed: status=noActiveSession", "failed: status=noAccount", "failed: status=notInGroup", "failed: status=yellowCard"},
		"media": {
			"image" + file + "imageMessage", "image" + file + "stickerMessage", "video" + file + "videoMessage",
			"audio" + file + "audioMessage", "file" + file + "documentMessage",
		},
		"data": {
			"status: status when typeWebhook=incomingCall", "status: status when typeWebhook=outgoingCall", "status: statusInstance",
			"state: stateInstance", "chat_state: chatState", "chat: chatId when typeWebhook=incomingBlock",
			"quota: quotaData.method", "quota_status: quotaData.status", "quota_used: quotaData.used as text",
			"quota_total: quotaData.total as text", "description: quotaData.description",
			"platform: deviceData.platform", "device: deviceData.deviceModel", "battery: deviceData.battery as text",
		},
		"captions": {"image", "video"}, "poll_items": {"body"},
		"failures": {
			"400, $~'instance in starting process': unavailable", "400, message~'instance in starting process': unavailable",
			"400, $~'not authorized': unauthorized", "400, message~'not authorized': unauthorized",
			"400, $~'account is expired': unauthorized", "400, message~'account is expired': unauthorized",
			"400, $~'instance is deleted': unauthorized", "400, message~'instance is deleted': unauthorized",
			"466, correspondentsStatus.status~_EXCEEDED: blocked", "466: unauthorized", "499: unknown",
		},
	}
}
