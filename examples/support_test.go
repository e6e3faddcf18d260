package examples

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/channels"
)

// What the bot of the example says at several places.
const (
	askOrder  = "What is the order number? It looks like A-1234."
	askReturn = "What is the number of the order that comes back? It looks like A-1234."
	openNow   = "We are open now: Mon-Fri 09:00-17:00, Sat 10:00-14:00."
	notNow    = "We are closed now. Our hours: Mon-Fri 09:00-17:00, Sat 10:00-14:00."
)

func (p *person) hearsMenu() {
	p.t.Helper()
	p.hears("Hi Ann, this is Acme. What can I do for you?",
		"Track an order", "Ask for a refund", "Questions and answers", "Talk to a person")
}

func (p *person) hearsElse() {
	p.t.Helper()
	p.hears("Anything else?", "Main menu", "That is all")
}

// tracks is a conversation about an order, with the things that people do: a
// number that nobody knows, a question in the middle, an answer that is none.
func (p *person) tracks() {
	p.t.Helper()
	p.says("/start")
	p.hearsMenu()
	p.taps("Track an order")
	p.hears(askOrder)
	p.says("A-0000")
	p.hears("I can't find A-0000.")
	p.hears(askOrder)
	p.says("hours")
	p.hears(openNow)
	p.hears(askOrder)
	p.says("no idea what you mean")
	p.hears("I cannot read that as an order number. An example is A-1234.")
	p.says("a-1234")
	p.hears("A-1234 is shipped, expected Wednesday.")
	p.hearsElse()
}

func (p *person) refunds() {
	p.t.Helper()
	p.says("refund")
	p.hears(askReturn)
	p.says("A-1111")
	p.hears("Which item comes back?\nLamp - €30.00\nShelf - €89.50", "Lamp", "Shelf")
	p.taps("Shelf")
	p.hears("What is wrong with it?", "Damaged", "Wrong item", "Something else")
	p.taps("Damaged")
	p.hears("I am sorry to hear that.")
	p.hears(`Shall I ask for €89.50 back for "Shelf"?`, "Yes, please", "No")
	p.says("yes")
	p.hears("Done. Your reference is R-0001.")
}

func TestATelegramConversationAboutAnOrder(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.tracks()
	p.taps("Main menu")
	p.hearsMenu()
	if taps := s.telegram.calls("answerCallbackQuery"); len(taps) == 0 {
		t.Error("no tap was acknowledged")
	}
}

func TestARefundIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.refunds()
	if n := s.shop.Refunds(); n != 1 {
		t.Errorf("the shop has %d refunds, want 1", n)
	}
	p.says("refund")
	p.hears(askReturn)
	p.says("A-1234")
	p.hears("A-1234 is not delivered yet, so there is nothing to send back.")
}

func TestTypedAnswersCountLikeTaps(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.says("hello")
	p.hearsMenu()
	p.says("3")
	p.hears("What would you like to know?", "Shipping", "Payment", "Warranty", "Opening hours")
	p.says("how LONG does it take?")
	p.hears("An order takes two to four days. Shipping is free from €40.")
	p.hearsElse()
	p.says("main menu")
	p.hearsMenu()
	p.says("I want a refund")
	p.hears(askReturn)
	p.says("where is a-9999")
	p.hears("I cannot read that as an order number. An example is A-1234.")
	p.says("a-9999")
	p.hears("A-9999 is not delivered yet, so there is nothing to send back.")
	p.hearsElse()
	p.says("no, thanks")
	p.hears("Thank you for writing to Acme. Bye!")
}

func TestANumberInTheFirstMessageIsTaken(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.says("where is my order A-1234")
	p.hears("A-1234 is shipped, expected Wednesday.")
	p.says("a-1111?")
	p.hears("A-1111 was delivered on 27 February 2026.")
	q := s.onTelegram(2)
	q.says("where is my order?")
	q.hears(askOrder)
	r := s.onTelegram(3)
	r.says("I want a refund for A-1111")
	r.hears(askReturn)
}

func TestQuestionsAndAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.says("faq")
	p.hears("What would you like to know?", "Shipping", "Payment", "Warranty", "Opening hours")
	p.says("the colour of the sky")
	p.hears("Please pick one of these questions.", "Shipping", "Payment", "Warranty", "Opening hours")
	p.taps("Opening hours")
	p.hears(openNow)
	p.says("faq")
	p.hears("What would you like to know?", "Shipping", "Payment", "Warranty", "Opening hours")
	p.taps("Warranty")
	p.hears(`Everything has two years of warranty. Write "agent" if something broke.`)
}

func TestAWhatsAppConversationInNumberedText(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onWhatsApp(17)
	const menu = "\n1 Track an order\n2 Ask for a refund\n3 Questions and answers\n4 Talk to a person"
	p.says("good evening")
	p.hears("Hi Dana, this is Acme. What can I do for you?" + menu)
	p.says("what?")
	p.hears("Please pick one of these, or answer with its number." + menu)
	p.says("1")
	p.hears(askOrder)
	p.says("A-1111")
	p.hears("A-1111 was delivered on 27 February 2026.")
	p.hears("Anything else?\n1 Main menu\n2 That is all")
	p.says("refund")
	p.hears(askReturn)
	p.says("a-1111")
	p.hears("Which item comes back?\n1 Lamp - €30.00\n2 Shelf - €89.50")
	p.says("1")
	p.hears("What is wrong with it?\n1 Damaged\n2 Wrong item\n3 Something else")
	p.says("something else")
	p.hears("You have 14 days to send it back.")
	p.hears("Shall I ask for €30.00 back for \"Lamp\"?\n1 Yes, please\n2 No")
	p.says("No")
	p.hears("All right, nothing was sent.")
	if n := s.shop.Refunds(); n != 0 {
		t.Errorf("the shop has %d refunds, want none", n)
	}
}

func TestTheClockOpensAndClosesTheDesk(t *testing.T) {
	t.Parallel()
	s := start(t, "support", sunday(), nil)
	p := s.onTelegram(1)
	p.says("opening hours")
	p.hears(notNow)
	p.says("help")
	p.hearsMenu()
	p.taps("Talk to a person")
	p.hears("We are closed now (Mon-Fri 09:00-17:00, Sat 10:00-14:00) and will answer when we open.")
	s.clock.set(monday().AddDate(0, 0, 7))
	p.hears(`Sorry, nobody was free. Write "menu", and I will help as far as I can.`) // after four hours
	q := s.onTelegram(2)
	q.says("opening hours")
	q.hears(openNow)
}

func TestAPersonTakesOverAndGivesBack(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.says("my lamp is late, A-9999")
	p.hears("A-9999 is running late. I am passing this to a colleague.")
	p.hears("A colleague will answer here.")
	p.says("help") // the bot is silent: a person owns the conversation
	p.says("hours")
	s.deliver(p.event(channels.KindAgent, "This is Dana. I am looking for it."))
	p.hears("This is Dana. I am looking for it.")
	p.says("thank you very much")
	s.deliver(p.event(channels.KindAgent, "It comes tomorrow."))
	p.hears("It comes tomorrow.")
	s.deliver(p.event(channels.KindGiveBack, ""))
	p.says("hours")
	p.hears(openNow)
}

func TestAPersonOfTheTeamCutsIntoAQuestion(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onWhatsApp(18)
	p.says("where is my order")
	p.hears(askOrder)
	s.deliver(p.event(channels.KindAgent, "Dana here, may I help?"))
	p.hears("Dana here, may I help?")
	p.says("A-1234")
	s.deliver(p.event(channels.KindGiveBack, ""))
	p.hears(askOrder)
	p.says("A-1234")
	p.hears("A-1234 is shipped, expected Wednesday.")
}

func TestWhoOptedOutHearsNothingUnasked(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.says("refund")
	p.hears(askReturn)
	p.says("STOP")
	p.hears(`You will get no more messages from us. Write "start" to undo this.`)
	paid := channels.Event{
		Channel: "telegram", Account: telegramAccount, Conversation: p.chat, Kind: channels.KindCustom, Name: "refund_paid",
		Data: map[string]any{"reference": "R-0007"},
	}
	s.deliver(paid)
	p.says("start")
	p.hears("Welcome back. You will get our messages again.")
	s.deliver(paid)
	p.hears("Good news, the refund R-0007 was paid.")
}

// Each webhook comes twice, at the same moment: the conversation is the same.
func TestWebhooksThatComeTwiceCountOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p := s.onTelegram(1)
	p.twice = true
	p.tracks()
	p.says("menu")
	p.hearsMenu()
	p.taps("Ask for a refund")
	p.hears(askReturn)
	q := s.onWhatsApp(19)
	q.twice = true
	q.says("where is my order")
	q.hears(askOrder)
	q.says("A-1234")
	q.hears("A-1234 is shipped, expected Wednesday.")
	if n, want := s.telegram.sends()+s.green.sends(), 13; n != want {
		t.Errorf("%d messages were sent, want %d", n, want)
	}
}

func TestRepliesStayInOrderWhileSendingFails(t *testing.T) {
	t.Parallel()
	faults := map[string]func(http.ResponseWriter, sent, int) bool{
		"500 first": func(w http.ResponseWriter, _ sent, attempt int) bool {
			if attempt == 1 {
				telegramError(w, http.StatusInternalServerError, "Internal Server Error", 0)
			}
			return attempt == 1
		},
		"a page in place of an answer": func(w http.ResponseWriter, _ sent, attempt int) bool {
			if attempt <= 2 {
				w.WriteHeader(http.StatusBadGateway)
				_, _ = w.Write([]byte("<html>Bad Gateway</html>"))
			}
			return attempt <= 2
		},
		// Of two messages only: what may have arrived is sent again after ten seconds.
		"the connection is cut": func(w http.ResponseWriter, m sent, attempt int) bool {
			lost := attempt == 1 && strings.HasPrefix(m.text, "I ")
			if lost {
				hangUp(w)
			}
			return lost
		},
		"429 with retry_after": func(w http.ResponseWriter, m sent, attempt int) bool {
			limited := attempt == 1 && strings.HasPrefix(m.text, "I ")
			if limited {
				telegramError(w, http.StatusTooManyRequests, "Too Many Requests: retry after 1", 1)
			}
			return limited
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, "support", monday(), nil)
			s.telegram.failing(fault)
			p := s.onTelegram(1)
			p.tracks()
			if letters := s.letters(0); len(letters) != 0 {
				t.Errorf("there are dead letters: %v", letters)
			}
		})
	}
}

func TestAMessageThatIsRateLimitedWaitsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	var first time.Time // of one message: requests to one chat come one by one
	s.telegram.failing(func(w http.ResponseWriter, _ sent, attempt int) bool {
		switch attempt {
		case 1:
			first = time.Now()
			telegramError(w, http.StatusTooManyRequests, "Too Many Requests: retry after 1", 1)
		case 2:
			if waited := time.Since(first); waited < time.Second {
				t.Errorf("the message came again after %s", waited)
			}
			return false
		}
		return true
	})
	p := s.onTelegram(1)
	p.says("where is my order")
	p.hears(askOrder)
}

func TestAPersonWhoBlockedTheBotHoldsNothingUp(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	s.telegram.failing(func(w http.ResponseWriter, m sent, _ int) bool {
		blocked := strings.HasPrefix(m.text, "I can't find")
		if blocked {
			telegramError(w, http.StatusForbidden, "Forbidden: bot was blocked by the user", 0)
		}
		return blocked
	})
	p := s.onTelegram(1)
	p.says("A-0000")
	p.hears(askOrder)
	letters := s.letters(1)
	if len(letters) != 1 || letters[0].Conv != p.conv() || !strings.Contains(letters[0].Cause, "blocked") {
		t.Errorf("the dead letters are %v", letters)
	}
	p.says("A-1111")
	p.hears("A-1111 was delivered on 27 February 2026.")
}

func TestOneSlowChatHoldsNobodyElseUp(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), nil)
	p, q := s.onTelegram(1), s.onTelegram(2)
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	release := sync.OnceFunc(func() { close(gate) })
	defer release()
	s.telegram.failing(func(_ http.ResponseWriter, m sent, _ int) bool {
		if m.chat == p.chat {
			entered <- struct{}{}
			<-gate
		}
		return false
	})
	p.says("where is my order")
	<-entered
	q.tracks()
	release()
	p.hears(askOrder)
}

func TestWebhooksAreRegisteredWithTheirSecrets(t *testing.T) {
	t.Parallel()
	s := start(t, "support", monday(), map[string]string{"PUBLIC_URL": "https://bot.example.test/parley/"})
	s.waitFor("the webhooks are registered", func() bool {
		return len(s.telegram.calls("setWebhook")) == 1 && len(s.green.calls("setSettings")) == 1
	})
	set := s.telegram.calls("setWebhook")[0]
	if set["url"] != "https://bot.example.test/parley/webhooks/telegram" || set["secret_token"] != telegramSecret {
		t.Errorf("setWebhook got %v", set)
	}
	settings := s.green.calls("setSettings")[0]
	if settings["webhookUrl"] != "https://bot.example.test/parley/webhooks/whatsapp" || settings["webhookUrlToken"] != greenSecret {
		t.Errorf("setSettings got %v", settings)
	}
}
