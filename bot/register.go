package bot

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/parley-chat/parley/channels"
)

// How long a platform is asked to take the address of a webhook.
const (
	registerTries = 5
	registerTime  = 15 * time.Second
	registerWait  = 5 * time.Second // doubled after each try
)

// register tells platforms where their webhooks go, where they can be told: those
// of channels that old does not have like this, or all when the public address is
// another one. Without one the operator hears that nobody was told.
func (b *Bot) register(ctx context.Context, v, old *version) {
	if old != nil && old.publicAddress() != v.publicAddress() {
		old = nil
	}
	for _, ch := range v.changed(old) {
		r, ok := ch.Channel.(channels.Registrar)
		switch {
		case !ok:
		case v.public == nil:
			b.log.WarnContext(ctx, "webhook not registered", "channel", ch.name, "webhook", webhookPath(ch.name),
				"reason", "there is no public_url: set it, or register the webhook at the platform yourself")
		default:
			b.life.always(func(ctx context.Context) { b.registerOne(ctx, ch, r, v.public.JoinPath(webhookPath(ch.name))) })
		}
	}
}

func (b *Bot) registerOne(ctx context.Context, ch *channel, r channels.Registrar, webhook *url.URL) {
	for try := 1; ctx.Err() == nil; try++ {
		call, cancel := context.WithTimeout(ctx, registerTime)
		var changed bool
		err := guarded(func() (err error) {
			changed, err = r.Register(call, webhook)
			return err
		})
		cancel()
		if err == nil {
			b.log.InfoContext(ctx, "webhook is registered", "channel", ch.name, "changed", changed)
			b.arrivals.note(ch.name, func(a *Arrivals) { a.Webhook, a.Changed, a.Unregistered = webhook.String(), changed, "" })
			return
		}
		// The text of any other error may hold a secret.
		var send *channels.SendError
		reason := "the platform did not take it"
		if errors.As(err, &send) {
			reason = send.Error()
		}
		b.arrivals.note(ch.name, func(a *Arrivals) { a.Webhook, a.Unregistered = "", reason })
		b.log.WarnContext(ctx, "webhook is not registered", "channel", ch.name, "try", try, "reason", reason)
		if try == registerTries {
			return
		}
		sleepFor(ctx, registerWait<<(try-1))
	}
}
