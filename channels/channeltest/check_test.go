package channeltest

import (
	"errors"
	"testing"

	"github.com/parley-chat/parley/channels"
)

func TestCheckFindsEachFault(t *testing.T) {
	good := channels.Event{Kind: channels.KindMessage, Channel: Name, Conversation: "c", DedupeID: "1"}
	if problem := checkEvent(good); problem != "" {
		t.Fatalf("a good event: %s", problem)
	}
	for name, spoil := range map[string]func(e *channels.Event){
		"kind":         func(e *channels.Event) { e.Kind = "gossip" },
		"channel":      func(e *channels.Event) { e.Channel = "" },
		"dedupe id":    func(e *channels.Event) { e.DedupeID = "" },
		"conversation": func(e *channels.Event) { e.Conversation = "" },
		"text":         func(e *channels.Event) { e.Text = "a\x00" },
		"encoding":     func(e *channels.Event) { e.Text = "a\xff" },
		"choice":       func(e *channels.Event) { e.Kind = channels.KindChoice },
		"raw":          func(e *channels.Event) { e.Kind = channels.KindUnknown },
		"status":       func(e *channels.Event) { e.Kind = channels.KindStatus },
		"state": func(e *channels.Event) {
			e.Kind, e.Status = channels.KindStatus, &channels.Status{MessageID: "1", State: "pondering"}
		},
		"media": func(e *channels.Event) { e.Media = []channels.Media{{Kind: channels.Image}} },
	} {
		bad := good
		spoil(&bad)
		if checkEvent(bad) == "" {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestCheckFindsRefusalsThatHurt(t *testing.T) {
	for _, err := range []error{
		errors.New("plain"), &channels.RequestError{Status: 500}, &channels.RequestError{Status: 410}, &channels.RequestError{Status: 200},
	} {
		if check(nil, err) == "" {
			t.Errorf("%v passes", err)
		}
	}
	if check(nil, nil) == "" {
		t.Error("neither events nor an error passes")
	}
	if problem := check(nil, &channels.RequestError{Status: 401}); problem != "" {
		t.Errorf("a 401: %s", problem)
	}
}

func TestMutationsReplaceEveryValue(t *testing.T) {
	// Four cut short, one with a key twice, and twelve for each of the five values.
	if got := len(mutations(t, []byte(`{"a":{"b":1},"c":[2]}`))); got != 4+1+12*5 {
		t.Errorf("%d mutations", got)
	}
}

func TestFormMutationsReplaceEveryValue(t *testing.T) {
	// Four cut short, one with a field twice, and for each of the three fields fifteen
	// other values and none.
	if got := len(formMutations([]byte("A=1&B=&C=%2B3"))); got != 4+1+3*16 {
		t.Errorf("%d mutations", got)
	}
}
