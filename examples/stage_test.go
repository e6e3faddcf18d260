package examples

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/builtin"
)

const apiToken = "MARKED-api-token-of-the-bot"

// A stage is a platform that the whole conversation is played on.
type stage struct {
	dialect dialect
	manners manners
	channel string // in bot.yaml
	chat    string
	name    string // of the person
	env     map[string]string
}

// A team is how people get into conversations on a platform; the others have them
// in a console of the bot's own, by POST /events.
type team interface {
	// takes has one of them take a conversation, and reports whether that goes without
	// writing.
	takes(p *person) bool
	writes(p *person, text string)
	givesBack(p *person)
}

// A preferrer reports whether a person wants messages.
type preferrer interface {
	wants(p *person, number int, messages bool) any
}

// An opener is a platform that looks at the webhook's address before it uses it.
type opener interface {
	opens(r *road)
}

func stages() map[string]stage {
	const phone = "15550100017"
	green := map[string]string{"GREENAPI_TOKEN": greenToken, "GREENAPI_WEBHOOK_TOKEN": greenSecret}
	chat := map[string]string{"CHATAPI_TOKEN": chatToken, "CHATAPI_WEBHOOK_TOKEN": chatSecret}
	return map[string]stage{
		"telegram": {telegram{}, telegramManners(), telegramChannel, "810000001", "Ann",
			map[string]string{"TELEGRAM_TOKEN": telegramToken, "TELEGRAM_SECRET": telegramSecret}},
		"whatsapp": {whatsapp{}, whatsappManners(), whatsappChannel, phone, "Dana",
			map[string]string{"META_ACCESS_TOKEN": metaToken, "META_APP_SECRET": metaSecret, "META_VERIFY_TOKEN": metaVerify}},
		"mmp": {mmp{}, mmpManners(), mmpChannel, "e2a4c6f8-1b3d-4f5a-9c7e-2d4f6a8b0c1e", "Dana",
			map[string]string{"MMP_API_KEY": mmpKey, "MMP_WEBHOOK_TOKEN": mmpSecret}},
		"innopaas": {innopaas{}, innoManners(), innoChannel, "6281200000017", "Dana",
			map[string]string{"INNOPAAS_APP_KEY": innoKey, "INNOPAAS_TOKEN": innoToken, "INNOPAAS_WEBHOOK_TOKEN": innoSecret}},
		"oneroute": {&oneroute{}, oneManners(), onerouteChannel, "2347000000077", "Dana",
			map[string]string{"ONEROUTE_API_KEY": oneKey, "ONEROUTE_SECRET_KEY": oneSecret}},
		"chatapi":       {chatapi{}, chatManners(), chatapiChannel, phone + "@c.us", "Dana", chat},
		"chatapi_1msg":  {chatapi{oneMSG: true}, chatManners(), oneMSGChannel, phone + "@c.us", "Dana", chat},
		"greenapi":      {greenapi{}, greenManners(false), strings.Replace(greenChannel, "MODE", "push", 1), phone + "@c.us", "Dana", green},
		"greenapi_pull": {greenapi{}, greenManners(true), strings.Replace(greenChannel, "MODE", "pull", 1), phone + "@c.us", "Dana", green},
	}
}

// start runs the support example on the platform alone.
func (st stage) start(t *testing.T) *person {
	t.Helper()
	s := newServer(t, monday())
	on := s.plays(st.dialect)
	road := newRoad(t, on, st.manners)
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "flows"), os.DirFS("support/flows")); err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile("support/bot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	channel := regexp.MustCompile(`(?s)\nchannels:\n.*?\n\n`).ReplaceAllLiteralString(string(src), "\nchannels:"+st.channel+"\n")
	if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte(channel), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"API_URL": on.url, "API_TOKEN": apiToken, "PUBLIC_URL": road.url}
	for name, value := range st.env {
		env[name] = value
	}
	s.factories = hurried()
	s.run(dir, env)
	road.bot.Store(s.url)
	if o, ok := st.dialect.(opener); ok {
		o.opens(road)
	}
	s.waitFor("the platform knows the bot", road.known)
	return &person{t: t, s: s, on: on, chat: st.chat, name: st.name, next: 1000}
}

// checkTrouble wants that things did go wrong: three messages failed at first, and the
// platform had to offer something again.
func (p *platform) checkTrouble() {
	p.mu.Lock()
	failed := p.attempts - int(p.lastID-firstID)
	p.mu.Unlock()
	if failed != 3 {
		p.t.Errorf("%d messages failed at first, want 3", failed)
	}
	if n := p.road.again.Load(); n == 0 {
		p.t.Error("the platform had to offer nothing again")
	}
}

// hurried are the channels with the time between messages to one person a hundred
// times as short, as everything of a platform is here.
func hurried() []channels.Factory {
	all := builtin.Factories()
	for i, f := range all {
		all[i].Capabilities = func(c *channels.Config) channels.Capabilities {
			caps := f.Capabilities(c)
			caps.Pace.Recipient /= time.Second / second
			return caps
		}
	}
	return all
}

// faults are what the API does to some messages: the third is too much at first, the
// fifth finds it out of order, the seventh is cut off before it is read.
func (m manners) faults() func(http.ResponseWriter, sent, int) bool {
	taken := 0 // messages of one chat come one by one
	return func(w http.ResponseWriter, _ sent, attempt int) bool {
		if attempt > 1 {
			taken++
			return false
		}
		switch taken {
		case 3:
			m.limited(w)
		case 5:
			m.broken(w)
		case 7:
			hangUp(w)
		default:
			taken++
			return false
		}
		return true
	}
}

// A console is how people answer on platforms that have nothing for it.
type console struct{}

func (c console) takes(p *person) bool {
	p.t.Helper()
	c.tell(p, channels.KindTakeOver, "")
	return true
}

func (c console) writes(p *person, text string) {
	p.t.Helper()
	c.tell(p, channels.KindAgent, text)
	p.hearsAll([]string{text})
}

func (c console) givesBack(p *person) { c.tell(p, channels.KindGiveBack, "") }

func (console) tell(p *person, kind channels.Kind, text string) {
	p.t.Helper()
	e := p.event(kind, text)
	p.s.tell(map[string]any{"kind": string(kind), "channel": e.Channel, "account": e.Account, "conversation": e.Conversation, "text": text})
}

// tell posts an event to the bot, as programs do.
func (s *server) tell(event map[string]any) {
	s.t.Helper()
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + apiToken}}
	if status := s.post("/events", header, encode(s.t, event)); status != http.StatusAccepted {
		s.t.Errorf("POST /events was answered with %d", status)
	}
}
