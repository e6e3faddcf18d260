package cli

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/channels/corpus"
)

// listChannels lists the channels of bot.yaml, and without one the types.
func (a *app) listChannels(s *simulation) error {
	b, err := a.botOf(s)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	if b != nil {
		for _, c := range b.Channels {
			about := c.Off
			if about == "" {
				about = described(c.Factory, &channels.Config{Name: c.Name, Values: c.Config, Lists: c.Lists})
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", c.Name, c.Factory.Type, about)
		}
	} else {
		for _, f := range a.options.Factories {
			fmt.Fprintf(w, "%s\t%s\n", f.Type, described(f, corpus.Config(f, f.Type, nil, nil)))
		}
	}
	return w.Flush()
}

// described says what can be posted to a channel.
func described(f channels.Factory, c *channels.Config) string {
	co, err := corpus.Open(f, c, rand.New(rand.NewPCG(0, 0)))
	if errors.Is(err, corpus.ErrNoWebhooks) {
		if unplayed(f, c) {
			return "can't be played"
		}
		return "takes no webhooks"
	}
	if err != nil {
		return fmt.Sprintf("can't be made: %v", err)
	}
	n := len(groupOf(co, everything))
	if n == 0 {
		return "payloads of your own"
	}
	return count(n, "event")
}

// An eventLine is an event of a list.
type eventLine struct {
	Event string          `json:"event"`
	Kinds []channels.Kind `json:"kinds"`
	About string          `json:"about,omitempty"`
	Odd   bool            `json:"odd,omitempty"`
}

// listEvents lists what can be posted to a channel.
func (a *app) listEvents(p *player, s *simulation) error {
	if s.json {
		lines := []eventLine{}
		for _, sample := range p.Samples() {
			lines = append(lines, eventLine{sample.Name, kindsOf(sample.Events), about(sample), sample.Odd()})
		}
		return a.json(lines)
	}
	fmt.Fprintf(a.out, "%s waits %s for an answer, and %s.\n\n", p.kind, brief(p.Simulation().Timeout), p.retries())
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, sample := range groupOf(p.Corpus, everything) {
		fmt.Fprintf(w, "  %s\t%s\n", sample.Name, about(sample))
	}
	if r, _ := p.Handshake(&url.URL{}, time.Now()); r != nil {
		fmt.Fprintf(w, "  %s\t%s\n", handshake, "the GET by which the platform checks the address")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if n := len(groupOf(p.Corpus, odd)); n > 0 {
		fmt.Fprintf(a.out, "\nAnd %d that the channel does not understand or refuses: parley simulate %s %s URL\n", n, p.name, odd)
	}
	if len(p.Samples()) == 0 {
		fmt.Fprintf(a.out, "There are no samples for these settings: name a file with a payload of your own.\n")
	}
	return nil
}

// brief writes a duration without the units that are 0.
func brief(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// retries are those of the first event, which stands for most.
func (p *player) retries() channels.Retries {
	var longest channels.Retries
	for _, sample := range groupOf(p.Corpus, everything) {
		if r := p.Retries(sample.Body); len(r.Waits) > len(longest.Waits) {
			longest = r
		}
	}
	if len(p.Samples()) == 0 {
		return p.Retries(nil)
	}
	return longest
}

func kindsOf(events []channels.Event) []channels.Kind {
	kinds := []channels.Kind{}
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// about says what a sample is, in a few words.
func about(s corpus.Sample) string {
	if s.Refused != 0 {
		return fmt.Sprintf("refused with %d", s.Refused)
	}
	if len(s.Events) == 0 {
		return "nothing for the bot"
	}
	words := aboutEvent(s.Events[0])
	if n := len(s.Events) - 1; n > 0 {
		words += fmt.Sprintf(", and %d more", n)
	}
	return words
}

func aboutEvent(e channels.Event) string {
	words := []string{string(e.Kind)}
	if e.Status != nil {
		words = append(words, e.Status.State)
	}
	for _, m := range e.Media {
		if !slices.Contains(words, string(m.Kind)) {
			words = append(words, string(m.Kind))
		}
	}
	if e.Location != nil {
		words = append(words, "location")
	}
	if len(e.Contacts) > 0 {
		words = append(words, "contact")
	}
	if e.Choice != nil {
		words = append(words, "of "+quoted(e.Choice.ID))
	}
	if e.Text != "" {
		words = append(words, quoted(e.Text))
	}
	return strings.Join(words, " ")
}

// quoted shows the beginning of a text on one line.
func quoted(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 40 {
		s = string(r[:39]) + "…"
	}
	return `"` + s + `"`
}
