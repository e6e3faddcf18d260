package examples

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
)

// bodies are hostile whatever the platform.
func bodies() []attack {
	return []attack{
		{name: "an empty body", refused: true},
		{name: "one byte", body: "{", refused: true},
		{name: "a NUL byte", body: "\x00", refused: true},
		{name: "white space", body: " \n\t ", refused: true},
		{name: "not JSON", body: "<xml/>", refused: true},
		{name: "half an object", body: `{"update_id": 1, "message": {`, refused: true},
		{name: "two values", body: `{} {}`, refused: true},
		{name: "1 MB and a byte", body: strings.Repeat(" ", 1<<20+1), refused: true},
		{name: "1 MB and a byte, of unknown length", body: strings.Repeat(" ", 1<<20+1), chunked: true, refused: true},
		{name: "1 MB of letters", body: `{"a":"` + strings.Repeat("a", 1<<20-8) + `"}`},
		{name: "20,000 brackets", body: strings.Repeat("[", 20000), refused: true},
		{name: "20,000 brackets that close", body: strings.Repeat("[", 20000) + strings.Repeat("]", 20000), refused: true},
		{name: "20,000 objects in another", body: strings.Repeat(`{"message":`, 20000) + "1" + strings.Repeat("}", 20000), refused: true},
		{name: "a compressed body", body: compressed(`{"update_id":1}`), header: map[string]string{"Content-Encoding": "gzip"}, refused: true},
		{name: "a compressed body of 100 MB", body: compressed(strings.Repeat(" ", 100<<20)), header: map[string]string{"Content-Encoding": "gzip"}, refused: true},
		{name: "a compressed body that does not say so", body: compressed(`{"update_id":1}`), refused: true},
		{name: "an array", body: `[]`},
		{name: "an array of updates", body: `[{"update_id":1}]`},
		{name: "null", body: `null`},
		{name: "a number", body: `1e400`},
		{name: "a text", body: `"hello"`},
		{name: "an empty object", body: `{}`},
		{name: "null in every field", body: `{"update_id":null,"message":null,"typeWebhook":null,"instanceData":null,"id":null,"text":null}`},
		{name: "duplicate keys", body: `{"update_id":1,"update_id":2,"message":{},"message":null,"id":"aaaaaaaa","id":"bbbbbbbb"}`},
		{name: "keys in other case", body: `{"UPDATE_ID":1,"Message":{"Text":"hi"},"TYPEWEBHOOK":"x"}`},
		{name: "a key of prototypes", body: `{"__proto__":{"a":1},"constructor":{"prototype":{}}}`},
		{name: "100,000 keys", body: manyKeys(100000)},
		{name: "invalid UTF-8", body: "{\"message\":\"\xff\xfe\"}"},
		{name: "a byte order mark", body: "\xef\xbb\xbf{}", refused: true},
		{name: "UTF-16", body: "\xff\xfe{\x00}\x00", refused: true},
	}
}

// requests are hostile by what is around a body that is fine.
func requests(fine string) []attack {
	none := map[string]string{"X-Telegram-Bot-Api-Secret-Token": "", "Authorization": ""}
	with := func(telegram, bearer string) map[string]string {
		return map[string]string{"X-Telegram-Bot-Api-Secret-Token": telegram, "Authorization": bearer}
	}
	return []attack{
		{name: "no secret", body: fine, header: none, refused: true},
		{name: "another secret", body: fine, header: with("another", "Bearer another"), refused: true},
		{name: "the secret of the other channel", body: fine, header: with(greenSecret, "Bearer "+telegramSecret), refused: true},
		{name: "the beginning of the secret", body: fine, header: with(telegramSecret[:8], "Bearer "+greenSecret[:8]), refused: true},
		{name: "more than the secret", body: fine, header: with(telegramSecret+"0", "Bearer "+greenSecret+"0"), refused: true},
		{name: "the secret in capitals", body: fine, header: with(strings.ToUpper(telegramSecret), "Bearer "+strings.ToUpper(greenSecret)), refused: true},
		{name: "the API token in place of the secret", body: fine, header: with(telegramToken, "Bearer "+greenToken), refused: true},
		{name: "another scheme", body: fine, header: with("Bearer "+telegramSecret, "Basic "+greenSecret), refused: true},
		{name: "a secret in the address", body: fine, path: "/webhooks/telegram?secret_token=" + telegramSecret, header: none, refused: true},
		{name: "GET", method: "GET", body: fine, refused: true},
		{name: "PUT", method: "PUT", body: fine, refused: true},
		{name: "DELETE", method: "DELETE", body: fine, refused: true},
		{name: "a method of its own", method: "BREW", body: fine, refused: true},
		{name: "a method that overrides", method: "GET", body: fine, header: map[string]string{"X-HTTP-Method-Override": "POST"}, refused: true},
		{name: "an unknown channel", path: "/webhooks/nobody", body: fine, refused: true},
		{name: "a channel in capitals", path: "/webhooks/TELEGRAM", body: fine, refused: true},
		{name: "no channel", path: "/webhooks/", body: fine, refused: true},
		{name: "dots in the address", path: "/webhooks/%2e%2e/webhooks/nobody", body: fine, refused: true},
		{name: "slashes in the address", path: "//webhooks//telegram", body: fine, refused: true},
		{name: "an escaped slash", path: "/webhooks/telegram%2fx", body: fine, refused: true},
		{name: "a NUL in the address", path: "/webhooks/telegram%00", body: fine, refused: true},
		{name: "an address of 20,000 characters", path: "/webhooks/" + strings.Repeat("a", 20000), body: fine, refused: true},
		{name: "a header of 100,000 characters", body: fine, header: map[string]string{"X-Long": strings.Repeat("a", 100000)}, refused: true},
		{name: "a form", body: "payload=" + fine, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, refused: true},
		{name: "a multipart body", body: "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--", header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, refused: true},
		{name: "the page of a channel that has none", path: "/channels/telegram/", body: fine, refused: true},
		{name: "a file outside of the page", method: "GET", path: "/channels/web/..%2f..%2fbot.yaml", refused: true},
		{name: "media with another signature", method: "GET", path: "/media/telegram/abc?sig=0", refused: true},
	}
}

// updates are hostile to Telegram, where who posts knows the secret.
func updates(chat string) []attack {
	text := func(n int, text string) string {
		return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"from":{"id":1,"first_name":"x"},"chat":{"id":7%d},"text":%s}}`, 5000+n, n, text)
	}
	return []attack{
		{name: "an id above 2^53", body: strings.ReplaceAll(text(1, `"hi"`), `"id":71}`, `"id":9007199254740993}`)},
		{name: "an id above 2^63", body: strings.ReplaceAll(text(2, `"hi"`), `"id":72}`, `"id":99999999999999999999}`)},
		{name: "an id with an exponent", body: strings.ReplaceAll(text(3, `"hi"`), `"id":73}`, `"id":1e3}`)},
		{name: "a negative id", body: strings.ReplaceAll(text(4, `"hi"`), `"id":74}`, `"id":-1001234567890}`)},
		{name: "an id that is a text", body: strings.ReplaceAll(text(5, `"hi"`), `"id":75}`, `"id":"75/../76"}`)},
		{name: "a negative update_id", body: text(-6000, `"hi"`)},
		{name: "an update_id of 1,000 digits", body: `{"update_id":` + strings.Repeat("9", 1000) + `,"message":{}}`},
		{name: "a message that is an array", body: `{"update_id":5010,"message":[1,2,3]}`},
		{name: "a message that is a text", body: `{"update_id":5011,"message":"hi"}`},
		{name: "a text that is an object", body: text(12, `{"a":1}`)},
		{name: "a sender that is a number", body: `{"update_id":5013,"message":{"message_id":1,"date":1,"from":1,"chat":{"id":1},"text":"hi"}}`},
		{name: "a message without chat", body: `{"update_id":5014,"message":{"message_id":1,"date":1,"text":"hi"}}`},
		{name: "a message without sender", body: `{"update_id":5015,"message":{"message_id":1,"date":1,"chat":{"id":75},"text":"hi"}}`},
		{name: "a tap without message", body: `{"update_id":5016,"callback_query":{"id":"1","from":{"id":1},"data":"order"}}`},
		{name: "a tap without data", body: `{"update_id":5017,"callback_query":{"id":"1","from":{"id":1},"message":{"message_id":1,"date":0,"chat":{"id":77}}}}`},
		{name: "a tap on what was never offered", body: `{"update_id":5018,"callback_query":{"id":"1","from":{"id":1},"data":"#999999999999999999999","message":{"message_id":1,"date":0,"chat":{"id":78}}}}`},
		{name: "the bot's own message", body: `{"update_id":5019,"message":{"message_id":1,"date":1,"from":{"id":` + telegramAccount + `,"is_bot":true,"first_name":"Acme"},"chat":{"id":` + chat + `},"text":"A-1234"}}`},
		{name: "an unknown kind", body: `{"update_id":5020,"telepathy":{"id":1}}`},
		{name: "a time in the future", body: strings.ReplaceAll(text(21, `"hi"`), `"date":1`, `"date":99999999999999`)},
		{name: "a negative time", body: strings.ReplaceAll(text(22, `"hi"`), `"date":1`, `"date":-1`)},
		{name: "lone surrogates", body: text(23, `"\ud800 \udc00 \ud800\ud800"`)},
		{name: "NUL in a text", body: text(24, `"a\u0000b"`)},
		{name: "100,000 characters", body: text(25, `"`+strings.Repeat("a ", 50000)+`"`)},
		{name: "230,000 emoji", body: text(26, `"`+strings.Repeat("👍", 230000)+`"`)},
		{name: "marks of combining", body: text(27, `"`+strings.Repeat("e\u0301\u0302\u0303", 10000)+`"`)},
		{name: "text from right to left", body: text(28, `"\u202e\u2066abc"`)},
		{name: "an expression", body: text(29, `"${ secret.SHOP_TOKEN }"`)},
		{name: "a template", body: text(30, `"{{7*7}} #{7*7} <%= 7*7 %> ${7*7}"`)},
		{name: "markup", body: text(31, `"<script>alert(7*7)</script> *bold* [x](javascript:alert(1))"`)},
		{name: "an order number with a path", body: text(32, `"A-1234/../../refunds"`)},
		{name: "a regular expression's nightmare", body: text(33, `"`+strings.Repeat("a-", 30000)+`!"`)},
		{name: "a sender of 50,000 characters", body: strings.ReplaceAll(text(34, `"hi"`), `"first_name":"x"`, `"first_name":"`+strings.Repeat("x", 50000)+`"`)},
		{name: "a file with an address for an id", body: `{"update_id":5035,"message":{"message_id":1,"date":1,"from":{"id":1},"chat":{"id":735},"document":{"file_id":"http://127.0.0.1/../../x","file_size":-1}}}`},
		{name: "a place beyond the earth", body: `{"update_id":5036,"message":{"message_id":1,"date":1,"from":{"id":1},"chat":{"id":736},"location":{"latitude":1e308,"longitude":-1e308}}}`},
	}
}

// notifications are hostile to GREEN-API, where who posts knows the token.
func notifications(chat string) []attack {
	text := func(n int, message string) string {
		return fmt.Sprintf(`{"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":%s},"timestamp":1,"idMessage":"H%d",`+
			`"senderData":{"chatId":"1555010%04d@c.us","sender":"1555010%04d@c.us"},"messageData":%s}`, greenInstance, n, n, n, message)
	}
	said := func(s string) string {
		return `{"typeMessage":"textMessage","textMessageData":{"textMessage":` + s + `}}`
	}
	return []attack{
		{name: "another instance", body: strings.ReplaceAll(text(200, said(`"hi"`)), greenInstance, "1"), refused: true},
		{name: "an instance that is nearly ours", body: strings.ReplaceAll(text(201, said(`"hi"`)), greenInstance, greenInstance+".0"), refused: true},
		{name: "an instance as a text", body: strings.ReplaceAll(text(202, said(`"hi"`)), greenInstance, `"`+greenInstance+`"`), refused: true},
		{name: "no instance", body: `{"typeWebhook":"incomingMessageReceived"}`, refused: true},
		{name: "no sender", body: `{"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":` + greenInstance + `},"idMessage":"H203"}`},
		{name: "a chat that is a number", body: strings.ReplaceAll(text(204, said(`"hi"`)), `"chatId":"15550100204@c.us"`, `"chatId":1`)},
		{name: "a chat of 10,000 characters", body: strings.ReplaceAll(text(205, `{}`), `"chatId":"15550100205`, `"chatId":"`+strings.Repeat("1", 10000))},
		{name: "message data that is an array", body: text(206, `[]`)},
		{name: "a message of another type than it says", body: text(207, `{"typeMessage":"imageMessage","textMessageData":{"textMessage":"hi"}}`)},
		{name: "a text that is null", body: text(208, said("null"))},
		{name: "lone surrogates", body: text(209, said(`"\ud800"`))},
		{name: "NUL", body: text(210, said(`"\u0000"`))},
		{name: "a time beyond all", body: strings.ReplaceAll(text(211, said(`"hi"`)), `"timestamp":1`, `"timestamp":9223372036854775807`)},
		{name: "a negative time", body: strings.ReplaceAll(text(212, said(`"hi"`)), `"timestamp":1`, `"timestamp":-9223372036854775808`)},
		{name: "our own message", body: strings.ReplaceAll(text(213, said(`"A-1234"`)), "incomingMessageReceived", "outgoingAPIMessageReceived")},
		{name: "our own message in an open conversation", body: `{"typeWebhook":"outgoingMessageReceived","instanceData":{"idInstance":` + greenInstance + `},"idMessage":"H214","senderData":{"chatId":"` + chat + `","sender":"` + chat + `"},"messageData":` + said(`"A-1234"`) + `}`},
		{name: "the status of a message that is not there", body: `{"typeWebhook":"outgoingMessageStatus","instanceData":{"idInstance":` + greenInstance + `},"idMessage":"nobody","chatId":"` + chat + `","status":"read"}`},
		{name: "a status that is unknown", body: `{"typeWebhook":"outgoingMessageStatus","instanceData":{"idInstance":` + greenInstance + `},"idMessage":"OUT101","chatId":"` + chat + `","status":"exploded"}`},
		{name: "an unknown kind", body: strings.ReplaceAll(text(217, said(`"hi"`)), "incomingMessageReceived", "telepathy")},
		{name: "a file of this machine", body: text(218, `{"typeMessage":"imageMessage","fileMessageData":{"downloadUrl":"file:///etc/passwd","caption":"${ secret.SHOP_TOKEN }"}}`)},
		{name: "a card without end", body: text(219, `{"typeMessage":"contactMessage","contactMessage":{"displayName":"x","vcard":"`+strings.Repeat("TEL:1\\n", 5000)+`"}}`)},
		{name: "an expression", body: text(220, said(`"${ secret.SHOP_TOKEN } {{7*7}}"`))},
	}
}

func compressed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // into memory
	_ = w.Close()
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	b.WriteString(`{"a":1`)
	for i := range n {
		fmt.Fprintf(&b, `,"%d":0`, i)
	}
	b.WriteString("}")
	return b.String()
}
