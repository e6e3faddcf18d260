package discord_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/channeltest"
	"github.com/parley-chat/parley/channels/discord"
)

const (
	conversation = "645027906669510667:9007199254740993"
	original     = "PATCH /webhooks/775799577604522054/marked-%s/messages/@original"
	followup     = "POST /webhooks/775799577604522054/marked-%s"
	message      = "POST /channels/645027906669510667/messages"
)

// interact posts an interaction of a type; its token is "marked-" and its number.
func interact(t *testing.T, c *discord.Channel, typ, number int, data string) *channels.Received {
	t.Helper()
	id := uint64(channeltest.Now().UnixMilli()-1420070400000)<<22 | uint64(number)
	body := fmt.Sprintf(`{"type":%d,"id":"%d","token":"marked-%d","application_id":"775799577604522054","channel_id":"645027906669510667",`+
		`"guild_id":"290926798626357999","member":{"user":{"id":"9007199254740993","username":"dana"}},"data":%s}`, typ, id, number, data)
	got, err := c.Receive(t.Context(), spec().Request([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

const (
	command = `{"type":1,"name":"chat","options":[{"type":3,"name":"message","value":"Hi"}]}`
	tap     = `{"component_type":2,"custom_id":"track"}`
)

// say sends a text and returns the kind of the failure.
func say(t *testing.T, c *discord.Channel, ref string) channels.ErrorKind {
	t.Helper()
	if _, err := c.Send(t.Context(), &channels.Message{Conversation: conversation, Ref: ref, Text: "Hello"}); err != nil {
		if strings.Contains(err.Error(), "marked") {
			t.Errorf("the error holds a secret: %v", err)
		}
		return channels.KindOf(err)
	}
	return ""
}

// paths are the requests that an API got.
func paths(api *channeltest.FakeAPI) []string {
	var out []string
	for _, s := range api.Sent() {
		out = append(out, s.Method+" "+s.Path)
	}
	return out
}

func same(t *testing.T, api *channeltest.FakeAPI, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, paths(api)); d != "" {
		t.Error(d)
	}
}

func sent() http.HandlerFunc { return channeltest.JSON(http.StatusOK, `{"id":"7"}`) }

func TestACommandIsAnsweredWhereItLoads(t *testing.T) {
	api := channeltest.NewFakeAPI(t, sent(), "Authorization")
	c := channel(t, api.URL, nil)
	interact(t, c, 2, 1, command)
	for _, ref := range []string{"a", "b"} {
		if kind := say(t, c, ref); kind != "" {
			t.Error(kind)
		}
	}
	same(t, api, fmt.Sprintf(original, "1"), fmt.Sprintf(followup, "1"))
	for _, s := range api.Sent() {
		if s.Header["Authorization"] != "" || strings.Contains(string(s.Body), "nonce") {
			t.Errorf("the answer to an interaction has %v and %s", s.Header, s.Body)
		}
	}
}

func TestATapIsAnsweredBehindIt(t *testing.T) {
	api := channeltest.NewFakeAPI(t, sent())
	c := channel(t, api.URL, nil)
	interact(t, c, 3, 1, tap)
	say(t, c, "a")
	same(t, api, fmt.Sprintf(followup, "1"))
}

func TestTwoCommandsAreAnsweredInTheirOrder(t *testing.T) {
	api := channeltest.NewFakeAPI(t, sent())
	c := channel(t, api.URL, nil)
	interact(t, c, 2, 1, command)
	interact(t, c, 2, 2, command)
	for _, ref := range []string{"a", "b", "c"} {
		say(t, c, ref)
	}
	same(t, api, fmt.Sprintf(original, "1"), fmt.Sprintf(original, "2"), fmt.Sprintf(followup, "2"))
}

func TestASecondAttemptGoesToTheSameAnswer(t *testing.T) {
	var mu sync.Mutex
	status := http.StatusBadGateway
	api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now := status
		status = http.StatusOK
		mu.Unlock()
		channeltest.JSON(now, `{"id":"7"}`)(w, r)
	})
	c := channel(t, api.URL, nil)
	interact(t, c, 2, 1, command)
	if kind := say(t, c, "a"); kind != channels.ErrUnavailable {
		t.Errorf("%q", kind)
	}
	say(t, c, "b")
	say(t, c, "a")
	same(t, api, fmt.Sprintf(original, "1"), fmt.Sprintf(followup, "1"), fmt.Sprintf(original, "1"))
}

func TestARefusedMessageLeavesTheAnswerToTheNext(t *testing.T) {
	api := channeltest.NewFakeAPI(t, channeltest.JSON(http.StatusBadRequest, `{"code":50035,"message":"Invalid Form Body"}`))
	c := channel(t, api.URL, nil)
	interact(t, c, 2, 1, command)
	for _, ref := range []string{"a", "b"} {
		if kind := say(t, c, ref); kind != channels.ErrInvalid {
			t.Errorf("%q", kind)
		}
	}
	same(t, api, fmt.Sprintf(original, "1"), fmt.Sprintf(original, "1"))
}

func TestAnAnswerThatEndedGoesToTheChannel(t *testing.T) {
	for _, code := range []string{"10015", "10062", "40094", "50027"} {
		for _, typ := range []int{2, 3} {
			api := channeltest.NewFakeAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/webhooks/") {
					channeltest.JSON(http.StatusNotFound, `{"code":`+code+`,"message":"Unknown"}`)(w, r)
					return
				}
				sent()(w, r)
			})
			c := channel(t, api.URL, nil)
			data, first := command, original
			if typ == 3 {
				data, first = tap, followup
			}
			interact(t, c, typ, 1, data)
			if kind := say(t, c, "a"); kind != channels.ErrUnavailable {
				t.Errorf("%s: %q", code, kind)
			}
			if kind := say(t, c, "a"); kind != "" {
				t.Errorf("%s: %q", code, kind)
			}
			same(t, api, fmt.Sprintf(first, "1"), message)
		}
	}
}

// memory answers without a network, for tests in virtual time.
type memory struct{ paths []string }

func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	m.paths = append(m.paths, r.Method+" "+r.URL.Path)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func TestAnswersEndAfterAQuarterOfAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		values := spec().Settings
		values["api_url"], values["command_description"] = "http://127.0.0.1:1", "Write"
		made, err := discord.Factory().New(&channels.Config{Name: channeltest.Name, Values: values, HTTP: &http.Client{Transport: m}})
		if err != nil {
			t.Fatal(err)
		}
		c, ok := made.(*discord.Channel)
		if !ok {
			t.Fatal("not a channel of Discord")
		}
		interact(t, c, 2, 1, command)
		time.Sleep(14 * time.Minute)
		say(t, c, "a")
		interact(t, c, 2, 2, command)
		time.Sleep(16 * time.Minute)
		say(t, c, "b")
		want := []string{fmt.Sprintf(original, "1"), message}
		if d := cmp.Diff(want, m.paths); d != "" {
			t.Error(d)
		}
	})
}

func TestAnswersAreSafeInParallel(t *testing.T) {
	api := channeltest.NewFakeAPI(t, sent())
	c := channel(t, api.URL, nil)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			interact(t, c, 2, i+1, command)
			say(t, c, fmt.Sprint(i))
		})
	}
	wg.Wait()
	answered := map[string]bool{}
	for _, p := range paths(api) {
		if !strings.HasSuffix(p, "@original") || answered[p] {
			t.Errorf("%s is none of the answers, or a second time", p)
		}
		answered[p] = true
	}
}

func TestChannelAnswersAreMessagesOfTheBot(t *testing.T) {
	api := channeltest.NewFakeAPI(t, sent())
	c := channel(t, api.URL, map[string]string{"answer": "channel"})
	got := interact(t, c, 2, 1, command)
	if string(got.Answer.Body) != `{"data":{"flags":64},"type":5}` {
		t.Errorf("answered %s", got.Answer.Body)
	}
	for range 2 {
		if err := c.Acknowledge(t.Context(), &got.Events[0]); err != nil {
			t.Error(err)
		}
	}
	tapped := interact(t, c, 3, 2, tap)
	if err := c.Acknowledge(t.Context(), &tapped.Events[0]); err != nil {
		t.Error(err)
	}
	say(t, c, "a")
	say(t, c, "a")
	same(t, api, "DELETE /webhooks/775799577604522054/marked-1/messages/@original", message, message)
	bodies := api.Sent()
	var one, two struct {
		Nonce   string `json:"nonce"`
		Enforce bool   `json:"enforce_nonce"`
	}
	if json.Unmarshal(bodies[1].Body, &one) != nil || json.Unmarshal(bodies[2].Body, &two) != nil ||
		one != two || !one.Enforce || len(one.Nonce) < 20 || len(one.Nonce) > 25 {
		t.Errorf("%+v and %+v", one, two)
	}
	for setting, want := range map[string]bool{"channel": true, "interaction": false} {
		caps := discord.Factory().Capabilities(&channels.Config{Values: map[string]string{"answer": setting}})
		if caps.Repeatable != want {
			t.Errorf("answer: %s is repeatable: %v", setting, caps.Repeatable)
		}
	}
}
