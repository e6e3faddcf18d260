package greenapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/channels"
)

// How the queue is asked: https://green-api.com/en/waba/api/receiving/technology-http-api/.
const (
	// receiveTimeout is how long GREEN-API waits for a notification: 5 to 60 seconds.
	receiveTimeout = 20 * time.Second
	// pollTime and deleteTime bound a request to a server that does not answer.
	pollTime   = receiveTimeout + 15*time.Second
	deleteTime = 15 * time.Second
	// settingsPause is how long the settings are left alone after they could not be
	// compared: GREEN-API takes one such request a second.
	settingsPause = time.Minute
	// brokenTries is how often a head is asked for that is no whole JSON, in case it
	// was cut on the way, before it is taken as it is.
	brokenTries = 3
)

// A Puller is an instance whose notifications are pulled from its queue. The queue
// is strictly in order, and offers its head until that is deleted. Webhooks are
// refused.
type Puller struct {
	channel *Channel
	log     *slog.Logger

	mu sync.Mutex
	// ready: the settings are those of a queue. Until then not before askAgain.
	ready    bool
	askAgain time.Time
	// broken is a head that was no whole JSON, and how often.
	broken      string
	brokenTimes int
	// kept is the head that GREEN-API said it had not deleted.
	kept string
}

// Every ability that the bot may ask for. It is no Registrar: there is no webhook.
var (
	_ channels.Channel = (*Puller)(nil)
	_ channels.Poller  = (*Puller)(nil)
	_ channels.Checker = (*Puller)(nil)
)

// Receive refuses all webhooks.
func (p *Puller) Receive(context.Context, *channels.Request) (*channels.Received, error) {
	return nil, &channels.RequestError{Status: http.StatusMethodNotAllowed, Reason: "the channel pulls from its queue; webhooks are off"}
}

// Send sends as in push mode.
func (p *Puller) Send(ctx context.Context, m *channels.Message) (channels.Receipt, error) {
	return p.channel.Send(ctx, m)
}

// Check asks for the state of the instance, as in push mode.
func (p *Puller) Check(ctx context.Context) (string, error) { return p.channel.Check(ctx) }

// Poll returns the head of the queue, and deletes it when Done is called. It waits
// for one up to 20 seconds, and returns nil when none came. At first it compares
// the settings of the instance: with a webhook the queue stays empty.
func (p *Puller) Poll(ctx context.Context) (*channels.Polled, error) {
	p.prepare(ctx)
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	a, err := p.channel.receive(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	if a.empty() {
		return nil, nil
	}
	h, err := readHead(a)
	if err != nil {
		return nil, err
	}
	if h.broken && !p.patient(h.receipt) {
		return nil, &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("the head of the queue is no whole JSON")}
	}
	return &channels.Polled{
		Events: []channels.Event{p.channel.eventOfHead(h)},
		Done:   func(ctx context.Context) error { return p.delete(ctx, h.receipt) },
	}, nil
}

// patient reports whether a broken head was asked for often enough.
func (p *Puller) patient(receipt string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != receipt {
		p.broken, p.brokenTimes = receipt, 0
	}
	p.brokenTimes++
	return p.brokenTimes > brokenTries
}

// prepare sees to it that the instance has a queue and no webhook, once. What goes
// wrong is in the log and does not keep the queue from being asked: it may be
// right already.
func (p *Puller) prepare(ctx context.Context) {
	if !p.mayPrepare(time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, deleteTime)
	defer cancel()
	changed, err := p.channel.set(ctx, payload{"webhookUrl": "", "incomingWebhook": "yes", "outgoingWebhook": "yes"})
	if err != nil {
		if ctx.Err() == nil {
			p.log.WarnContext(ctx, "settings of the queue not compared", "channel", p.channel.name, "error", err)
		}
		return
	}
	if changed {
		p.log.InfoContext(ctx, "settings of the queue are set; the instance restarts, which takes up to five minutes", "channel", p.channel.name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready = true
}

func (p *Puller) mayPrepare(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready || now.Before(p.askAgain) {
		return false
	}
	p.askAgain = now.Add(settingsPause)
	return true
}

// delete tells that the head is durable. That it was not deleted is fine the first
// time, since another process may have done it. The second time it would come
// again and again.
func (p *Puller) delete(ctx context.Context, receipt string) error {
	ctx, cancel := context.WithTimeout(ctx, deleteTime)
	defer cancel()
	var done struct {
		Result *bool `json:"result"`
	}
	if err := p.channel.callAt(ctx, http.MethodDelete, "deleteNotification", "/"+receipt, nil, &done); err != nil {
		return unavailable(err)
	}
	if done.Result == nil {
		return &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("the answer does not say whether the notification is deleted")}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if *done.Result {
		p.kept = ""
		return nil
	}
	if p.kept == receipt {
		return &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New("the head of the queue is not deleted")}
	}
	p.kept = receipt
	return nil
}

// unavailable says of an answer that could not be read that the platform can't
// now. For a message that may be sent that is another thing; asking a queue, or
// deleting what is durable, does no harm twice.
func unavailable(err error) error {
	e, ok := errors.AsType[*channels.SendError](err)
	if !ok || e.Kind != channels.ErrUnknown {
		return err
	}
	out := *e
	out.Kind = channels.ErrUnavailable
	return &out
}

// receive asks for the head of the queue.
func (c *Channel) receive(ctx context.Context) (*answer, error) {
	a := &answer{}
	call := c.request(http.MethodGet, "receiveNotification",
		"?receiveTimeout="+strconv.Itoa(int(receiveTimeout/time.Second)))
	call.Failure = func(status int, header http.Header, body []byte) *channels.SendError {
		if status/100 == 2 && a.receipt == "" {
			a.body = []byte(strings.TrimSpace(string(body)))
		}
		return failure(status, header, body)
	}
	client := *c.http
	client.Transport = &shortener{base: client.Transport, answer: a}
	return a, call.Do(ctx, &client)
}
