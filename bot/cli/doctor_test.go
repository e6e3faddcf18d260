package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/state"
)

// TestWaitingIsJudgedByItsAgeAndWhatHoldsItUp.
func TestWaitingIsJudgedByItsAgeAndWhatHoldsItUp(t *testing.T) {
	running, stopped, shared := bot.StoreInfo{Kind: "file", Dir: "data", Running: true}, bot.StoreInfo{Kind: "file", Dir: "data"}, bot.StoreInfo{Kind: "redis"}
	waits := func(age time.Duration) bot.ChannelReport {
		return bot.ChannelReport{Channel: "main", Conversations: 2, Rows: 3, Since: time.Now().Add(-age)}
	}
	held := func(r bot.ChannelReport, paused, off string) bot.ChannelReport {
		r.Paused, r.Off = paused, off
		return r
	}
	for name, c := range map[string]struct {
		report bot.ChannelReport
		info   bot.StoreInfo
		off    map[string]string
		want   state.Level // of the channel; empty: it is fine
		says   string
	}{
		"just now":             {waits(time.Minute), running, nil, "", ""},
		"ten minutes":          {waits(10 * time.Minute), running, nil, state.Warn, "3 messages to be sent in 2 conversations, the first for 10m"},
		"ten minutes in Redis": {waits(10 * time.Minute), shared, nil, state.Warn, "3 messages"},
		"two hours":            {waits(2 * time.Hour), running, nil, state.Fail, "3 messages"},
		"of a bot that rests":  {waits(2 * time.Hour), stopped, nil, "", ""},
		"a short pause":        {held(waits(time.Minute), "unauthorized", ""), running, nil, state.Warn, "it pauses (unauthorized): 3 messages"},
		"a long pause":         {held(waits(2*time.Hour), "refused", ""), running, nil, state.Fail, "it pauses (refused)"},
		"a pause for nothing":  {bot.ChannelReport{Channel: "main", Paused: "unavailable"}, running, nil, state.Warn, "nothing waits"},
		"off":                  {held(waits(time.Minute), "", "TOKEN is not set"), running, nil, state.Warn, "it is off (TOKEN is not set)"},
		"off as far as we see": {waits(time.Minute), shared, map[string]string{"main": "TOKEN is empty"}, state.Warn, "it is off (TOKEN is empty)"},
		"off only here":        {waits(time.Minute), running, map[string]string{"main": "TOKEN is empty"}, "", ""},
		"off, nothing waits":   {bot.ChannelReport{Channel: "main", Off: "TOKEN is not set"}, running, nil, "", ""},
	} {
		found := judgeChannels(target{dir: "shop"}, []bot.ChannelReport{c.report}, c.info, c.off)
		last := found[len(found)-1]
		switch {
		case last.What != "waiting" || last.Level != state.OK:
			t.Errorf("%s: ends with %+v", name, last)
		case c.want == "" && len(found) != 1:
			t.Errorf("%s: %+v", name, found)
		case c.want != "" && (len(found) != 2 || found[0].Level != c.want || !strings.Contains(found[0].Text, c.says) || found[0].Fix == ""):
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestCommandsThatAreShownCanBePasted: they name the bot, and no password.
func TestCommandsThatAreShownCanBePasted(t *testing.T) {
	for want, given := range map[string]target{
		"parley dead list":                                {dir: "."},
		"parley dead list --bot shop":                     {dir: "shop"},
		"parley dead list --bot 'my shop'":                {dir: "my shop"},
		"parley dead list --bot shop --state file:/x":     {dir: "shop", state: "file:/x"},
		"parley dead list --state redis://127.0.0.1:6379": {dir: ".", state: "redis://127.0.0.1:6379"},
		"parley dead list --state ADDRESS":                {dir: ".", state: "redis://:s3cret@127.0.0.1:6379"},
	} {
		if got := given.command("dead list"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
