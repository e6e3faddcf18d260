package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/parley-chat/parley/channels/meta"
)

// newWhatsApp is a Graph API that knows one number.
func newWhatsApp(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer good-access-token" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":{"message":"Invalid OAuth access token","type":"OAuthException","code":190}}`)
			return
		}
		fmt.Fprint(w, `{"id":"106540352242922","display_phone_number":"+1 555-010-0881","verified_name":"Shop","messages":[{"id":"wamid.1"}]}`)
	}))
	t.Cleanup(s.Close)
	return s
}

const whatsAppMessage = `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
"metadata":{"display_phone_number":"15550100881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ada Sample"},"wa_id":"16505550117"}],
"messages":[{"from":"16505550117","id":"wamid.S1","timestamp":"1772445600","type":"text","text":{"body":"hi"}}]}}]}]}`

// TestABotThatRunsTakesTheChannel: it loads it by itself, its address is checked by a
// handshake, and its first message is signed. What is to be done at the platform is
// said, with the names of secrets only.
func TestABotThatRunsTakesTheChannel(t *testing.T) {
	api, dir, listen := newWhatsApp(t), shopFolder(t, shopBot), freePort(t)
	env := map[string]string{"META_APP_SECRET": "app-secret-of-the-shop", "META_ACCESS_TOKEN": "wrong-access-token"}
	served := calls(t, env, "serve", dir, "--listen", listen)
	served.until("Parley is running.")
	c := calls(t, env, "channel", "add", "whatsapp", "--bot", dir, "--set", "phone_number_id=106540352242922", "--set", "api_url="+api.URL, "--public-url", "http://"+listen)
	c.until("access_token: from META_ACCESS_TOKEN, which is set")
	c.answers("More settings? ", "n")
	c.until("WhatsApp says no: unauthorized (190")
	c.answers("Enter them again? [Y/n] ", "y")
	c.answers("access_token (nothing: as before): ", "good-access-token")
	c.answers("app_secret (nothing: as before): ", "")
	c.answers("phone_number_id [106540352242922]: ", "")
	c.until("WhatsApp says: Shop (+1 555-010-0881)")
	c.answers("Write it? [Y/n] ", "y")
	c.until("The bot runs, and loads the channel by itself.")
	c.until("callback URL http://" + listen + "/webhooks/whatsapp")
	c.until("verify token <META_VERIFY_TOKEN in " + filepath.Join(dir, ".env") + ">")
	c.until("Now write to it.")

	served.until("channel=whatsapp type=whatsapp")
	verify := variable(t, dir, "META_VERIFY_TOKEN")
	handshake, err := http.Get("http://" + listen + "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=42&hub.verify_token=" + verify)
	if err != nil || handshake.StatusCode != 200 {
		t.Fatalf("the handshake: %v %v", handshake, err)
	}
	handshake.Body.Close()
	c.until("WhatsApp checked the address, and got its answer.")
	for _, secret := range []string{"another-secret", "app-secret-of-the-shop"} {
		r, err := http.NewRequest(http.MethodPost, "http://"+listen+"/webhooks/whatsapp", strings.NewReader(whatsAppMessage))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(meta.SignatureHeader, meta.Sign([]byte(whatsAppMessage), secret))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if secret == "another-secret" {
			c.until("A webhook was refused with 401")
		}
	}
	c.until("First message, from Ada Sample: it works.")
	out := c.ends(0)
	// The environment has another access token, and wins: the new one has a name of its own.
	if config := readText(t, dir, "bot.yaml"); !strings.Contains(config, "access_token: ${ env.META_ACCESS_TOKEN_2 }") || !strings.Contains(config, "app_secret: ${ env.META_APP_SECRET }") {
		t.Errorf("bot.yaml is now\n%s", config)
	}
	for _, secret := range []string{"good-access-token", "app-secret-of-the-shop", verify} {
		if strings.Contains(out, secret) {
			t.Errorf("a secret shows:\n%s", out)
		}
	}
	served.stop()
	served.ends(0)
}

// variable reads one of .env.
func variable(t *testing.T, dir, name string) string {
	t.Helper()
	for line := range strings.Lines(readText(t, dir, ".env")) {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(v)
		}
	}
	t.Fatalf(".env has no %s", name)
	return ""
}

// TestAQueueNeedsNoAddress: the first message is fetched, and deleted.
func TestAQueueNeedsNoAddress(t *testing.T) {
	var deleted atomic.Bool
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "/getStateInstance/"):
			fmt.Fprint(w, `{"stateInstance":"authorized"}`)
		case strings.Contains(r.URL.Path, "/getSettings/"):
			fmt.Fprint(w, `{"webhookUrl":"","incomingWebhook":"yes","outgoingWebhook":"yes"}`)
		case strings.Contains(r.URL.Path, "/receiveNotification/") && !deleted.Load():
			fmt.Fprint(w, `{"receiptId":1,"body":{"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":9900000017,"wid":"15550100088@c.us","typeInstance":"whatsapp"},
"timestamp":1772445600,"idMessage":"M1","senderData":{"chatId":"15550100017@c.us","sender":"15550100017@c.us","senderName":"Dana"},"messageData":{"typeMessage":"textMessage","textMessageData":{"textMessage":"hi"}}}}`)
		case strings.Contains(r.URL.Path, "/deleteNotification/"):
			deleted.Store(true)
			fmt.Fprint(w, `{"result":true}`)
		case strings.Contains(r.URL.Path, "/receiveNotification/"):
			select { // as long as the platform may wait
			case <-r.Context().Done():
			case <-t.Context().Done():
			}
		default:
			fmt.Fprint(w, `{"idMessage":"OUT1"}`)
		}
	}))
	defer api.CloseClientConnections()
	dir := shopFolder(t, shopBot)
	c := calls(t, nil, "channel", "add", "greenapi", "--name", "wa", "--bot", dir, "--listen", freePort(t), "--set", "mode=pull", "--set", "api_url="+api.URL)
	c.answers("instance: ", "not a number")
	c.answers("token: ", "green-token-of-the-shop")
	c.until("instance is not a number")
	c.answers("instance: ", "9900000017")
	c.answers("More settings? ", "")
	c.until("GREEN-API says: instance 9900000017 is authorized")
	c.answers("Write it? [Y/n] ", "")
	c.until("First message, from Dana: it works.")
	out := c.ends(0)
	if strings.Contains(out, "ublic address") || strings.Contains(out, "green-token") || !deleted.Load() {
		t.Errorf("deleted %v:\n%s", deleted.Load(), out)
	}
	if config := readText(t, dir, "bot.yaml"); !strings.Contains(config, `instance: "9900000017"`) || !strings.Contains(config, "token: ${ env.WA_TOKEN }") || strings.Contains(config, "webhook_token") {
		t.Errorf("bot.yaml is now\n%s", config)
	}
}

// TestNothingComes: the end of the wait is a finding, with what can be seen.
func TestNothingComes(t *testing.T) {
	telegram, dir, listen := newTelegram(t, false), shopFolder(t, shopBot), freePort(t)
	out := calls(t, map[string]string{"TELEGRAM_TOKEN": goodToken}, "channel", "add", "telegram", "--bot", dir, "--yes", "--wait", "1s", "--listen", listen,
		"--public-url", "http://"+listen, "--set", "api_url="+telegram.URL).ends(1)
	for _, want := range []string{"No message came within 1s.", "ok    channel telegram, credentials: @shop_bot (Shop)", "ok    channel telegram, webhook: http://" + listen, "ok    public_url: http://" + listen + " answers and takes messages"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// TestASecretOfBeforeIsReplaced: the platform has the address already, with a secret
// that nobody knows any more, and does not tell.
func TestASecretOfBeforeIsReplaced(t *testing.T) {
	listen := freePort(t)
	telegram, dir := newTelegramWith(t, true, map[string]any{
		"url": "http://" + listen + "/webhooks/telegram", "secret": "an-old-secret", "max_connections": 40,
		"allowed_updates": []string{"callback_query", "edited_message", "message", "message_reaction", "my_chat_member"},
	}), shopFolder(t, shopBot)
	out := calls(t, map[string]string{"TELEGRAM_TOKEN": goodToken}, "channel", "add", "telegram", "--bot", dir, "--yes", "--wait", "1m", "--listen", listen,
		"--public-url", "http://"+listen, "--set", "api_url="+telegram.URL).ends(0)
	for _, want := range []string{"unchanged: the platform has it already", "A webhook was refused with 401", "Registered again, with the secret of now.", "First message, from Ann: it works."} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// TestStoppingIsInOrder: while a question is open nothing is written; while a message is
// waited for the channel stays, and the bot is stopped.
func TestStoppingIsInOrder(t *testing.T) {
	telegram, dir, listen := newTelegram(t, false), shopFolder(t, shopBot), freePort(t)
	c := calls(t, nil, "channel", "add", "telegram", "--bot", dir)
	c.until("token: ")
	c.stop()
	if out := c.ends(3); !strings.Contains(out, "stopped; nothing was written") {
		t.Error(out)
	}
	unchanged(t, dir, shopBot)
	c = calls(t, map[string]string{"TELEGRAM_TOKEN": goodToken}, "channel", "add", "telegram", "--bot", dir, "--yes", "--wait", "5m", "--listen", listen,
		"--public-url", "http://"+listen, "--set", "api_url="+telegram.URL)
	c.until("Webhook http://" + listen + "/webhooks/telegram registered.")
	c.stop()
	if out := c.ends(0); !strings.Contains(out, "Stopped waiting. The channel is in bot.yaml.") {
		t.Error(out)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "parley.sock")); err == nil {
		t.Error("the bot left its socket behind")
	}
}

// unchanged wants a bot folder as it was.
func unchanged(t *testing.T, dir, config string) {
	t.Helper()
	if now := readText(t, dir, "bot.yaml"); now != config {
		t.Errorf("bot.yaml is now\n%s", now)
	}
	for _, name := range []string{".env", ".gitignore", ".env.tmp", ".bot.yaml.tmp"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
}

// TestWhatDoesNotFitIsNotWritten.
func TestWhatDoesNotFitIsNotWritten(t *testing.T) {
	telegram := newTelegram(t, false)
	for name, c := range map[string]struct {
		config string
		env    map[string]string
		args   []string
		code   int
		says   string
	}{
		"a wrong token":          {shopBot, map[string]string{"TELEGRAM_TOKEN": badToken}, []string{"--set", "api_url=" + telegram.URL}, 1, "Telegram says no: unauthorized (401)"},
		"no token":               {shopBot, nil, nil, 2, "token is needed: give it by TELEGRAM_TOKEN, in the environment or in .env, or --set token=…"},
		"a token of no form":     {shopBot, nil, []string{"--set", "token=secret-thing"}, 2, "token is not a bot's token"},
		"an enum":                {shopBot, nil, []string{"--set", "keyboard=inlin"}, 2, `Did you mean "inline"?`},
		"no setting":             {shopBot, nil, []string{"--set", "colour=red"}, 2, `telegram has no setting "colour"`},
		"no pair":                {shopBot, nil, []string{"--set", "secret-thing"}, 2, "--set is key=value"},
		"a missing variable":     {shopBot, nil, []string{"--set", "token=${ env.NONE }"}, 2, "is NONE, which is not set"},
		"a name":                 {shopBot, nil, []string{"--name", "My Bot"}, 2, `"My Bot" can't be a name`},
		"a public address":       {shopBot, nil, []string{"--public-url", "http://bot.example.com"}, 2, "begins with https://"},
		"a platform not reached": {shopBot, map[string]string{"TELEGRAM_TOKEN": goodToken}, []string{"--set", "api_url=http://127.0.0.1:1"}, 3, "or add --unchecked"},
		"a bot with mistakes":    {shopBot + "colour: red\n", nil, nil, 1, `bot.yaml has no key "colour"`},
		"a rate":                 {shopBot, map[string]string{"TELEGRAM_TOKEN": goodToken}, []string{"--unchecked", "--set", "rate=-1"}, 1, "Nothing was written: the bot would not load."},
	} {
		dir := shopFolder(t, c.config)
		out := calls(t, c.env, append([]string{"channel", "add", "telegram", "--yes", "--bot", dir}, c.args...)...).ends(c.code)
		if !strings.Contains(out, c.says) || strings.Contains(out, "secret-thing") || strings.Contains(out, badToken) {
			t.Errorf("%s: it does not say %q, or shows a secret:\n%s", name, c.says, out)
		}
		unchanged(t, dir, c.config)
	}
}

// TestSecretsOfOthersDoNotShow: of bot.yaml only the lines that change are shown, and
// no token that somebody wrote into them.
func TestSecretsOfOthersDoNotShow(t *testing.T) {
	config := "bot: shop\nchannels: {old: {type: telegram, token: \"9:literal-token\", secret: literal-secret}}\n"
	dir := shopFolder(t, config)
	out := calls(t, map[string]string{"TELEGRAM_TOKEN": goodToken}, "channel", "add", "telegram", "--yes", "--unchecked", "--bot", dir).ends(0)
	if strings.Contains(out, "literal") || !strings.Contains(out, `+channels: {old: {type: telegram, token: "•••"`) {
		t.Error(out)
	}
	if now := readText(t, dir, "bot.yaml"); !strings.Contains(now, `token: "9:literal-token"`) || !strings.Contains(now, `telegram: {type: telegram, token: "${ env.TELEGRAM_TOKEN }"`) {
		t.Errorf("bot.yaml is now\n%s", now)
	}
}

// TestSecretsOfTheWholeFileDoNotShow, when all of it is the line that changes.
func TestSecretsOfTheWholeFileDoNotShow(t *testing.T) {
	dir := shopFolder(t, `{bot: shop, secrets: {CRM: literal-crm-key}, media: {secret: literal-media-secret}, channels: {web: {type: webchat}}}`+"\n")
	out := calls(t, map[string]string{"TELEGRAM_TOKEN": goodToken}, "channel", "add", "telegram", "--yes", "--unchecked", "--bot", dir).ends(0)
	if strings.Contains(out, "literal") || !strings.Contains(out, "+{bot: shop") {
		t.Error(out)
	}
}

// TestChannelsAreListedCheckedAndRegistered.
func TestChannelsAreListedCheckedAndRegistered(t *testing.T) {
	telegram := newTelegram(t, false)
	dir := shopFolder(t, "bot: shop\nchannels:\n  web: {type: webchat}\n  tg:\n    type: telegram\n    token: ${ env.TELEGRAM_TOKEN }\n    secret: hook-secret\n    api_url: "+telegram.URL+
		"\n  wa: {type: greenapi, optional: true, mode: pull, instance: \"9900000017\", token: \"${ env.NONE }\"}\n  slack: {type: slack, token: xoxb-1, signing_secret: sign-secret}\n")
	env := map[string]string{"TELEGRAM_TOKEN": goodToken}
	var list []map[string]any
	if err := json.Unmarshal([]byte(calls(t, env, "channel", "list", "--bot", dir, "--json").ends(0)), &list); err != nil || len(list) != 4 {
		t.Fatal(list, err)
	}
	for i, want := range []map[string]any{
		{"name": "web", "on": true, "in": "page", "address": "/channels/web/"},
		{"name": "tg", "on": true, "in": "webhook", "address": "/webhooks/tg"},
		{"name": "wa", "on": false, "in": "pull", "why": "NONE is not set", "account": "instance 9900000017"},
		{"name": "slack", "on": true, "in": "webhook", "address": "/webhooks/slack"},
	} {
		for key, value := range want {
			if list[i][key] != value {
				t.Errorf("%v: %s is %v, want %v", want["name"], key, list[i][key], value)
			}
		}
	}
	text := calls(t, env, "channel", "list", "--bot", dir).ends(0)
	out := text + calls(t, env, "channel", "check", "tg", "--bot", dir, "--public-url", "https://bot.example.com").ends(1)
	out += calls(t, env, "channel", "register", "tg", "slack", "web", "--bot", dir, "--url", "https://bot.example.com").ends(0)
	out += calls(t, env, "channel", "register", "tg", "--bot", dir, "--url", "https://bot.example.com").ends(0)
	out += calls(t, env, "channel", "register", "wa", "--bot", dir, "--url", "https://bot.example.com").ends(1)
	out += calls(t, env, "channel", "register", "tg", "--bot", dir).ends(1)
	out += calls(t, env, "channel", "check", "nobody", "--bot", dir).ends(2)
	for _, want := range []string{
		"off: NONE is not set", "ok    channel tg, credentials: @shop_bot (Shop)", "fail  channel tg, webhook: the platform has none",
		"tg: registered: https://bot.example.com/webhooks/tg\n", "slack: to do at the platform:\n  At https://api.slack.com/apps: Event Subscriptions on, Request URL https://bot.example.com/webhooks/slack,",
		"web: people open a page of the bot", "tg: unchanged: the platform has https://bot.example.com/webhooks/tg already", "wa: not registered: it is off: NONE is not set",
		"tg: not registered: there is no public address", `bot.yaml has no channel "nobody"; it has web, tg, wa, slack`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("nothing says %q:\n%s", want, out)
		}
	}
	for _, secret := range []string{goodToken, "hook-secret", "sign-secret", "xoxb-1"} {
		if strings.Contains(out, secret) {
			t.Errorf("a secret shows:\n%s", out)
		}
	}
}
