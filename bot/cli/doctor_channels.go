package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
)

// checkChannel asks the platform of one channel.
func checkChannel(ctx context.Context, s flows.ChannelSpec, public string) []state.Finding {
	if s.Off != "" {
		return []state.Finding{warn("", "set what is missing, or take the channel out of bot.yaml", "off: %s, in the environment of this command", s.Off)}
	}
	client := channels.NewClient()
	defer client.CloseIdleConnections()
	ch, err := s.Factory.New(&channels.Config{Name: s.Name, Values: s.Config, Lists: s.Lists, HTTP: client, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return []state.Finding{fail("", "mend its settings in bot.yaml", "it can't be made: %v", err)}
	}
	var all []state.Finding
	if c, can := ch.(channels.Checker); can {
		line, err := c.Check(ctx)
		if err != nil {
			return append(all, askedInVain("credentials", err))
		}
		all = append(all, ok("credentials", "%s", line))
	}
	if i, can := ch.(channels.Inspector); can {
		all = append(all, checkWebhook(ctx, s, i, public)...)
	} else if _, can := ch.(channels.Registrar); can && public == "" {
		all = append(all, warn("webhook", "set public_url, or register the webhook at the platform by hand", "nobody tells the platform where it goes"))
	}
	if s.Factory.NoRetry {
		all = append(all, warn("retries", "let the store run on more than one machine", "the platform offers each message once: what comes while the bot or its store is down is lost"))
	}
	if len(all) == 0 {
		all = append(all, ok("", "on; %s has nothing that could be asked", s.Factory.Type))
	}
	return all
}

// askedInVain says why a platform did not tell of what it was asked for: only one that
// refused the credentials has anything against them. Any error that is not a
// SendError may hold a secret.
func askedInVain(what string, err error) state.Finding {
	e, known := errors.AsType[*channels.SendError](err)
	switch {
	case !known:
		return fail("platform", "see whether the platform has trouble", "it did not answer as it should")
	case errors.Is(err, context.DeadlineExceeded):
		return fail("platform", "see whether this machine reaches the platform, and whether the platform has trouble", "it does not answer")
	case e.Kind == channels.ErrUnauthorized:
		return fail(what, "put the right credentials into the environment of the bot", "%s", e)
	case e.Kind == channels.ErrRefused && e.Err != nil:
		return fail("platform", "see whether this machine reaches the platform: its DNS, its firewall", "it can't be reached: %v", e.Err)
	}
	return fail("platform", "see whether the platform has trouble, and whether this machine reaches it", "it did not answer as it should: %s", e)
}

// checkWebhook compares where the platform delivers with where the bot is.
func checkWebhook(ctx context.Context, s flows.ChannelSpec, i channels.Inspector, public string) []state.Finding {
	in, err := i.Inspect(ctx)
	if err != nil {
		return []state.Finding{askedInVain("webhook", err)}
	}
	want := ""
	if public != "" {
		if want, err = bot.WebhookURL(public, s.Name); err != nil {
			return []state.Finding{fail("webhook", "mend public_url", "%v", err)}
		}
	}
	var all []state.Finding
	switch {
	case in.Webhook == "" && want == "":
		all = append(all, fail("webhook", "set public_url, or register the webhook at the platform by hand", "the platform has none: nothing comes in"))
	case in.Webhook == "":
		all = append(all, fail("webhook", "start the bot, which registers it, and look into its log", "the platform has none: nothing comes in"))
	case want != "" && in.Webhook != want:
		all = append(all, fail("webhook", "start the bot, which registers it; if another bot has the same token, give one of them its own",
			"the platform delivers to %s, not to %s", in.Webhook, want))
	default:
		all = append(all, ok("webhook", "%s", in.Webhook))
	}
	if in.Pending > 0 {
		all = append(all, warn("waiting", "see why they are not taken: the problems here, or the log of the bot", "%d updates wait at the platform", in.Pending))
	}
	for _, p := range in.Problems {
		all = append(all, warn("delivery", "start the bot, which sets what it needs, and see whether this goes away", "%s", p))
	}
	return all
}

// checkPublic looks whether the bot can be reached where platforms look for it.
func checkPublic(ctx context.Context, public, local string) []state.Finding {
	if public == "" {
		return []state.Finding{ok("", "not set: platforms are not told where the bot is")}
	}
	u, err := url.Parse(public)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return []state.Finding{fail("", "write https:// and a host", "it is no address")}
	}
	var all []state.Finding
	if u.Scheme != "https" && !loopback(u.Hostname()) {
		all = append(all, warn("", "put a proxy with TLS in front, and write https://", "%s is not encrypted, and most platforms refuse it", u.Redacted()))
	}
	// Where there is a local address, that is asked what pauses.
	return append(all, reach(ctx, u, local == "")...)
}

// checkURL asks a bot on this machine.
func checkURL(ctx context.Context, local string) []state.Finding {
	u, err := url.Parse(local)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return []state.Finding{fail("", "write http://127.0.0.1:8080", "it is no address")}
	}
	return reach(ctx, u, true)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// reach asks the bot whether it takes messages and, if wanted, which channels pause.
func reach(ctx context.Context, u *url.URL, pauses bool) []state.Finding {
	down := "start the bot, and see whether the proxy in front leads to it"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("readyz").String(), nil)
	if err != nil {
		return []state.Finding{fail("", "write https:// and a host", "it is no address")}
	}
	client := channels.NewClient()
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
			down = "see whether the host is spelled right, and known to the DNS: the name of a tunnel ends with it"
		}
		return []state.Finding{fail("", down, "%s does not answer: %v", u.Redacted(), err)}
	}
	defer resp.Body.Close()
	var ready struct {
		Ready   *bool             `json:"ready"`
		Reasons []string          `json:"reasons"`
		Paused  map[string]string `json:"paused"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&ready)
	var all []state.Finding
	switch {
	case err != nil || ready.Ready == nil:
		return []state.Finding{fail("", down, "what answers at %s is not Parley (%s)", u.Redacted(), resp.Status)}
	case !*ready.Ready:
		all = append(all, fail("", "look into the log of the bot", "the bot at %s takes no messages: %s", u.Redacted(), strings.Join(ready.Reasons, ", ")))
	default:
		all = append(all, ok("", "%s answers and takes messages", u.Redacted()))
	}
	for _, name := range slices.Sorted(maps.Keys(ready.Paused)) {
		if pauses {
			all = append(all, warn("channel "+name, pauseFix(ready.Paused[name]), "the process that answered pauses it: %s", ready.Paused[name]))
		}
	}
	return all
}

// pauseFix says what to do about a channel that pauses for errors of a kind.
func pauseFix(kind string) string {
	switch channels.ErrorKind(kind) {
	case channels.ErrUnauthorized:
		return "put the right credentials into the environment of the bot, and restart it"
	case channels.ErrRateLimited:
		return "wait; if it comes again, set a lower rate: for the channel in bot.yaml"
	}
	return "see whether this machine reaches the platform, and whether the platform has trouble; it is tried again by itself"
}
