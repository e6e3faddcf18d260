package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
)

// The bounds of fetching.
const (
	mediaTime     = time.Minute      // for all of one file
	mediaIdle     = 15 * time.Second // without a byte
	mediaWorkers  = 4
	maxQueued     = 1024 // files that wait to be fetched
	maxFlights    = 16   // files that are fetched at once, links that are opened included
	mediaTries    = 3
	mediaTryAgain = 2 * time.Second // after the first try, then four times that
)

// A fetch is a file that is to be kept, in the background.
type fetch struct {
	ref   media.Ref
	tries int
}

// expect has what an event brought fetched, once the event is durable: platforms'
// addresses end, some after minutes. Nobody waits for it, and what could not be
// fetched is fetched when its link is opened.
func (k *keeper) expect(events []channels.Event) {
	for i := range events {
		for _, m := range events[i].Media {
			if ref, ok := k.read(m.URL); ok && ref.Hash == "" {
				k.later(fetch{ref: ref})
			}
		}
	}
}

// later queues a fetch, if there is room.
func (k *keeper) later(f fetch) {
	select {
	case k.queue <- f:
	default:
		k.log.Warn("too many media wait to be fetched: one is fetched when its link is opened", "waiting", maxQueued)
	}
}

// keepMedia begins to fetch what is expected, and to take away what is old.
func (b *Bot) keepMedia() {
	for range mediaWorkers {
		b.life.always(func(ctx context.Context) { b.media.work(ctx) })
	}
	b.life.always(func(ctx context.Context) {
		for sleepFor(ctx, mediaSweepTime-mediaSweepTime/20+b.jitter(mediaSweepTime/10)) {
			b.media.sweep(ctx)
		}
	})
}

func (k *keeper) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-k.queue:
			k.try(ctx, f)
		}
	}
}

// try fetches a file, again later if that may help.
func (k *keeper) try(ctx context.Context, f fetch) {
	if _, err := k.store.Find(ctx, f.ref.Owner, f.ref.Source()); err == nil {
		return // the platform repeated the event
	}
	_, err := k.fetch(ctx, f.ref)
	f.tries++
	switch {
	case err == nil || ctx.Err() != nil:
	case f.tries < mediaTries && again(err):
		time.AfterFunc(mediaTryAgain<<(2*(f.tries-1)), func() { k.later(f) })
	default:
		k.log.WarnContext(ctx, "media not kept", "conversation_hash", hashed(state.Conv(f.ref.Owner)), "tries", f.tries, "error", err)
	}
}

// sweep takes away what is older than bot.yaml wants.
func (k *keeper) sweep(ctx context.Context) {
	v := k.bot.version.Load()
	removed, err := k.store.Sweep(ctx, k.now().Add(-keepTime(v.media)))
	if err != nil && ctx.Err() == nil {
		k.log.WarnContext(ctx, "old media were not taken away", "error", err)
	}
	if removed > 0 {
		k.log.InfoContext(ctx, "old media were taken away", "files", removed)
	}
}

// A flight is a file on its way: who wants the same one waits for it.
type flight struct {
	landed chan struct{}
	kept   media.Stored
	err    error
}

// fetch fetches a file and keeps it. It goes on when the context ends: somebody
// else may wait for it.
func (k *keeper) fetch(ctx context.Context, ref media.Ref) (media.Stored, error) {
	f, err := k.fly(ref)
	if err != nil {
		return media.Stored{}, err
	}
	select {
	case <-f.landed:
		return f.kept, f.err
	case <-ctx.Done():
		return media.Stored{}, fmt.Errorf("fetch media: %w", ctx.Err())
	}
}

func (k *keeper) fly(ref media.Ref) (*flight, error) {
	name := ref.Owner + "\x00" + ref.Source()
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.flights[name]; ok {
		return f, nil
	}
	f := &flight{landed: make(chan struct{})}
	if !k.bot.life.do(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, mediaTime)
		defer cancel()
		stop := context.AfterFunc(k.bot.life.stopping, cancel)
		defer stop()
		f.kept, f.err = k.fetchNow(ctx, ref)
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.flights, name)
		close(f.landed)
	}) {
		return nil, ErrStopping
	}
	k.flights[name] = f
	return f, nil
}

func (k *keeper) fetchNow(ctx context.Context, ref media.Ref) (kept media.Stored, err error) {
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return kept, fmt.Errorf("fetch media: %w", ctx.Err())
	}
	if err := k.unlessForgotten(ctx, ref); err != nil {
		return kept, err
	}
	err = guarded(func() (err error) {
		kept, err = k.download(ctx, ref)
		return err
	})
	if err != nil {
		return kept, err
	}
	if err := k.store.Note(ctx, ref.Owner, ref.Source(), kept); err != nil {
		return kept, err
	}
	// It may have been forgotten while it came.
	if err := k.unlessForgotten(ctx, ref); err != nil {
		return kept, errors.Join(err, k.store.Drop(ctx, ref.Owner, ref.Source(), kept.Hash))
	}
	return kept, nil
}

// unlessForgotten is an error when the conversation was forgotten since the media
// came.
func (k *keeper) unlessForgotten(ctx context.Context, ref media.Ref) error {
	gone, err := k.store.Forgotten(ctx, ref.Owner, ref.Since)
	if err == nil && gone {
		err = media.ErrNotFound
	}
	return err
}

// download opens the source and keeps what it has.
func (k *keeper) download(ctx context.Context, ref media.Ref) (media.Stored, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v := k.bot.version.Load()
	body, declared, err := k.open(ctx, v, ref)
	if err != nil {
		return media.Stored{}, err
	}
	defer body.Close()
	if declared == "" || declared == "application/octet-stream" {
		declared = ref.MIME // what the platform said with the event
	}
	patience := time.AfterFunc(mediaIdle, cancel)
	defer patience.Stop()
	return k.store.Put(ctx, ref.Owner, declared, impatient{body, patience}, limitsOf(v.media))
}

// open opens the source: with the credentials of its channel, or without any.
func (k *keeper) open(ctx context.Context, v *version, ref media.Ref) (io.ReadCloser, string, error) {
	if ref.ID == "" {
		return k.get(ctx, v, ref.URL)
	}
	ch, ok := v.channels[ref.Channel]
	if !ok {
		return nil, "", fmt.Errorf("fetch media: channel %q is off", ref.Channel)
	}
	opener, ok := ch.Channel.(channels.MediaOpener)
	if !ok {
		return nil, "", fmt.Errorf("fetch media: channel %q opens none", ref.Channel)
	}
	body, declared, err := opener.OpenMedia(ctx, ref.ID)
	if _, known := errors.AsType[*channels.SendError](err); err != nil && !known {
		err = &channels.SendError{Kind: channels.ErrUnknown, Err: errors.New("the channel can't open it")} // it may hold a secret
	}
	if err != nil {
		return nil, "", fmt.Errorf("fetch media: %w", err)
	}
	return body, declared, nil
}

// get downloads from an address. Errors do not name it: it may hold a secret.
func (k *keeper) get(ctx context.Context, v *version, address string) (io.ReadCloser, string, error) {
	invalid := func(why string) error {
		return &channels.SendError{Kind: channels.ErrInvalid, Err: errors.New(why)}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil || r.URL.Host == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, "", fmt.Errorf("fetch media: %w", invalid("no address that begins with http:// or https://"))
	}
	r.Header.Set("User-Agent", "Parley")
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := v.calls.media.Do(r)
	if err != nil {
		why := networkError(err)
		if why.Error == callRefused {
			return nil, "", fmt.Errorf("fetch media: %w", invalid(why.ErrorText))
		}
		return nil, "", fmt.Errorf("fetch media: %w", &channels.SendError{Kind: channels.ErrUnavailable, Err: errors.New(why.ErrorText)})
	}
	var refused error
	switch encoding := resp.Header.Get("Content-Encoding"); {
	case resp.StatusCode != http.StatusOK:
		refused = invalid("the answer is not the file: " + resp.Status)
		if e := channels.StatusError(resp.StatusCode, resp.Header, nil); e != nil {
			refused = e
		}
	case encoding != "" && encoding != "identity":
		refused = invalid("the answer is compressed, though nobody asked for that")
	case resp.ContentLength > limitsOf(v.media).MaxSize:
		refused = &channels.MediaError{Status: http.StatusRequestEntityTooLarge, MaxSize: limitsOf(v.media).MaxSize}
	}
	if refused != nil {
		_ = resp.Body.Close()
		return nil, "", fmt.Errorf("fetch media: %w", refused)
	}
	return resp.Body, resp.Header.Get("Content-Type"), nil
}

// again reports whether another attempt may bring what this one did not.
func again(err error) bool {
	if _, ok := errors.AsType[*channels.MediaError](err); ok || errors.Is(err, media.ErrNotFound) {
		return false
	}
	if e, ok := errors.AsType[*channels.SendError](err); ok {
		return channels.ErrorKinds()[e.Kind]
	}
	return true
}

// An impatient reader has a timer that ends the download when nothing comes for a
// while.
type impatient struct {
	io.Reader
	patience *time.Timer
}

func (r impatient) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.patience.Reset(mediaIdle)
	}
	return n, err
}
