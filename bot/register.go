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

// register tells platforms where their webhooks go, where they can be told and
// the bot has a public address.
func (b *Bot) register(changed []*channel, public *url.URL) {
	if public == nil {
		return
	}
	for _, ch := range changed {
		if r, ok := ch.Channel.(channels.Registrar); ok {
			b.life.always(func(ctx context.Context) { b.registerOne(ctx, ch, r, public.JoinPath(webhookPath(ch.name))) })
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
			return
		}
		// The text of any other error may hold a secret.
		var send *channels.SendError
		reason := "the platform did not take it"
		if errors.As(err, &send) {
			reason = send.Error()
		}
		b.log.WarnContext(ctx, "webhook is not registered", "channel", ch.name, "try", try, "reason", reason)
		if try == registerTries {
			return
		}
		b.sleep(ctx, registerWait<<(try-1))
	}
}
