package discord

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// tokenLife is how long an interaction can be answered:
// …/interactions/receiving-and-responding#interaction-callback.
const tokenLife = 15 * time.Minute

// A grant is the right to answer an interaction.
type grant struct {
	app, id, token string
	ends           time.Time
}

// A desk is the grants of a conversation.
type desk struct {
	latest grant
	// open are those whose answer people see loading, oldest first.
	open []grant
	// claimed are those that a message, by its reference, was sent to: a second
	// attempt goes to the same and changes nothing.
	claimed map[string]grant
}

// grants keeps the tokens of interactions for their quarter of an hour. They live in
// this process only, and are no part of a conversation: a message that finds none goes
// to the channel. It is safe for concurrent use.
type grants struct {
	mu    sync.Mutex
	desks map[string]*desk
	sweep int // how many desks there are before the old ones are looked for
}

const firstSweep = 1024

func newGrants() *grants { return &grants{desks: map[string]*desk{}, sweep: firstSweep} }

// add keeps a grant; open tells that its answer is loading.
func (g *grants) add(conversation string, gr grant, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	gr.ends = now.Add(tokenLife)
	if len(g.desks) >= g.sweep {
		for k, d := range g.desks {
			if now.After(d.latest.ends) {
				delete(g.desks, k)
			}
		}
		g.sweep = max(firstSweep, 2*len(g.desks))
	}
	d := g.desks[conversation]
	if d == nil {
		d = &desk{claimed: map[string]grant{}}
		g.desks[conversation] = d
	}
	d.latest = gr
	maps.DeleteFunc(d.claimed, func(_ string, o grant) bool { return now.After(o.ends) })
	d.open = slices.DeleteFunc(d.open, func(o grant) bool { return now.After(o.ends) })
	if open {
		d.open = append(d.open, gr)
	}
}

// take finds where a message goes: to an answer that loads (original), or behind the
// answers of the latest interaction, or neither.
func (g *grants) take(conversation, ref string) (gr grant, original, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.desks[conversation]
	now := time.Now()
	if d == nil || now.After(d.latest.ends) {
		delete(g.desks, conversation)
		return grant{}, false, false
	}
	if gr, ok := d.claimed[ref]; ok && now.Before(gr.ends) {
		return gr, true, true
	}
	for len(d.open) > 0 {
		gr, d.open = d.open[0], d.open[1:]
		if now.Before(gr.ends) {
			d.claimed[ref] = gr
			return gr, true, true
		}
	}
	return d.latest, false, true
}

// settle says what became of a message that was sent to a grant.
func (g *grants) settle(conversation, ref string, gr grant, original bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.desks[conversation]
	if d == nil {
		return
	}
	ended := err != nil && tokenEnded(err)
	if ended {
		d.open = slices.DeleteFunc(d.open, func(o grant) bool { return o.id == gr.id })
		if d.latest.id == gr.id {
			d.latest.ends = time.Time{}
		}
	}
	if !original {
		return
	}
	switch {
	case err == nil || ended:
		delete(d.claimed, ref)
	case !channels.ErrorKinds()[channels.KindOf(err)]:
		// The message was refused for good: the answer goes on loading for the next.
		delete(d.claimed, ref)
		d.open = slices.Insert(d.open, 0, gr)
	}
}

// find returns the grant of an interaction whose answer loads, and takes it out.
func (g *grants) find(conversation, id string) (grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.desks[conversation]
	if d == nil {
		return grant{}, false
	}
	i := slices.IndexFunc(d.open, func(o grant) bool { return o.id == id })
	if i < 0 || time.Now().After(d.open[i].ends) {
		return grant{}, false
	}
	gr := d.open[i]
	d.open = slices.Delete(d.open, i, i+1)
	return gr, true
}
