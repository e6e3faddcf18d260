package mmp_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
)

func TestNewNamesTheSettingThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		setting, value string
		list           []string
		want           string
	}{
		"no address":            {setting: "api_url", want: "does not publish"},
		"address with a query":  {setting: "api_url", value: "https://api.example.test/?a=1", want: "query"},
		"no path":               {setting: "send_path", want: "does not publish"},
		"path without a slash":  {setting: "send_path", value: "messages", want: "slash"},
		"path with a stranger":  {setting: "send_path", value: "/{phone}", want: "braces"},
		"path half open":        {setting: "send_path", value: "/{ref", want: "without a }"},
		"no headers":            {setting: "headers", list: nil, want: "does not publish"},
		"header without a name": {setting: "headers", list: []string{": {api_key}"}, want: "Name: value"},
		"header without colon":  {setting: "headers", list: []string{"{api_key}"}, want: "Name: value"},
		"header of two lines":   {setting: "headers", list: []string{"A: {api_key}\r\nB: c"}, want: "Name: value"},
		"header of a message":   {setting: "headers", list: []string{"A: {ref}{api_key}"}, want: "braces"},
		"body not JSON":         {setting: "body", value: "message={message}", want: "JSON"},
		"body without message":  {setting: "body", value: `{"to":"{conversation}"}`, want: "{message}"},
		"body with two":         {setting: "body", value: `["{message}","{message}"]`, want: "{message}"},
		"body with part":        {setting: "body", value: `{"a":"is {message}"}`, want: "braces"},
		"message id":            {setting: "message_id", value: "data..id", want: "path"},
		"check path":            {setting: "check_path", value: "status", want: "slash"},
		"check of a message":    {setting: "check_path", value: "/{ref}", want: "braces"},
		"list button":           {setting: "list_button", value: "Choose one of all these", want: "20"},
		"event conversation":    {setting: "event_conversation", value: "a b", want: "path"},
		"key with a line":       {setting: "api_key", value: "a\nb", want: "white space"},
		"token":                 {setting: "webhook_token", value: "a&b", want: "A-Z"},
		"rule without a kind":   {setting: "events", list: []string{"type=5"}, want: "kind: path=value"},
		"rule of no kind":       {setting: "events", list: []string{"agent_message: type=5"}, want: "none of"},
		"rule without a value":  {setting: "events", list: []string{"conversation_closed: type="}, want: "path=value"},
		"rule without a path":   {setting: "events", list: []string{"conversation_closed: =5"}, want: "path=value"},
	} {
		t.Run(name, func(t *testing.T) {
			s := with(map[string]string{c.setting: c.value})
			if c.list != nil || c.setting == "headers" {
				s = spec()
				s.Lists = maps.Clone(s.Lists)
				s.Lists[c.setting] = c.list
			}
			config := &channels.Config{Name: "x", Values: s.Settings, Lists: s.Lists}
			for _, f := range s.Factory.Settings {
				if _, there := s.Settings[f.Name]; !there && f.Default != "" {
					s.Settings[f.Name] = f.Default
				}
			}
			_, err := s.Factory.New(config)
			if err == nil || !strings.Contains(err.Error(), `"`+c.setting+`"`) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestMessageIDByReferenceNeedsOneInTheRequest(t *testing.T) {
	s := with(map[string]string{"message_id": "{ref}", "body": `{"message":"{message}"}`})
	_, err := s.Factory.New(&channels.Config{Name: "x", Values: s.Settings, Lists: s.Lists})
	if err == nil || !strings.Contains(err.Error(), `"message_id"`) {
		t.Errorf("%v", err)
	}
}

// TestReferenceTiesStatusesToMessages says that where the answer has no id, the
// clientMessageId that the request carried stands for it on both ways.
func TestReferenceTiesStatusesToMessages(t *testing.T) {
	s := with(map[string]string{"message_id": "{ref}"})
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusAccepted, "queued"))
	c := channel(t, s, api.URL)
	receipt, err := c.Send(t.Context(), hello())
	if err != nil {
		t.Fatal(err)
	}
	const ref = "00112233-4455-6677-8899-aabbccddeeff"
	if receipt.MessageID != ref {
		t.Errorf("the id is %q", receipt.MessageID)
	}
	if !strings.Contains(string(api.Sent()[0].Body), `"clientMessageId":"`+ref+`"`) {
		t.Errorf("the request does not carry it: %s", api.Sent()[0].Body)
	}
	got, err := c.Receive(t.Context(), s.Request([]byte(`{"messageId":"m1","clientMessageId":"`+ref+`","status":4,"cause":"DELIVERED"}`)))
	if err != nil || got.Events[0].Status == nil || got.Events[0].Status.MessageID != ref || got.Events[0].DedupeID != "status:m1:delivered" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestSettingsMakeTheRequest says that values go where the settings put them, and
// stay there.
func TestSettingsMakeTheRequest(t *testing.T) {
	s := with(map[string]string{
		"send_path": "/v1/{account}/to/{conversation}?key={api_key}&ref={ref}", "message_id": "data.0.id",
		"body": `{"to":["{conversation}"],"note":"{account}: {ref}","n":9007199254740993,"list":[{"content":"{message}"}],"flag":true,"none":null}`,
	})
	s.Lists = map[string][]string{"headers": {"x-company: sample", "Authorization: Bearer {api_key}"}}
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusOK, `{"data":[{"id":9007199254740993}]}`), "X-Company", "Authorization")
	m := hello()
	m.Account, m.Conversation = "a/b?c", `{ref}&x=1"`
	receipt, err := channel(t, s, api.URL+"/").Send(t.Context(), m)
	if err != nil || receipt.MessageID != "9007199254740993" {
		t.Fatalf("%+v, %v", receipt, err)
	}
	const ref = "00112233-4455-6677-8899-aabbccddeeff"
	want := channeltest.Sent{
		Method: "POST", Path: "/v1/a%2Fb%3Fc/to/" + url.PathEscape(m.Conversation) + "?key=marked%2Fkey-of-the-api&ref=" + ref,
		Header: map[string]string{"X-Company": "sample", "Authorization": "Bearer marked/key-of-the-api"},
		Body: json.RawMessage(`{"flag":true,"list":[{"content":{"message":"Hello","type":"text"}}],"n":9007199254740993,"none":null,` +
			`"note":"a/b?c: ` + ref + `","to":["{ref}&x=1\""]}`),
	}
	if d := cmp.Diff(want, api.Sent()[0]); d != "" {
		t.Error(d)
	}
}
