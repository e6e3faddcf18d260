package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state"
)

// What holds for media unless bot.yaml says something else, and how often old ones
// are looked for.
const (
	maxMedia       = 25 << 20
	mediaKeepTime  = 30 * 24 * time.Hour
	mediaLinkTime  = 24 * time.Hour
	mediaSweepTime = time.Hour
)

// mediaPath is where links lead to.
const mediaPath = "/media/"

// A keeper keeps what people send, and makes the links to it. Events that have no
// media cost nothing here.
type keeper struct {
	bot   *Bot
	log   *slog.Logger
	now   func() time.Time
	store *media.Store
	links *media.Links
	// temporary is a folder that ends with the bot; empty when there is none.
	temporary string

	queue chan fetch // to be fetched in the background

	mu      sync.Mutex
	flights map[string]*flight // under way, by what is fetched
	slots   chan struct{}      // one for each file that is fetched
}

// mediaFolder is where media are without a bucket: beside the conversations if those
// are in a folder, and in data of the bot folder if they are in Redis. It is empty
// for bots that keep nothing, or have no folder.
func mediaFolder(o Options, p StorePlace) string {
	switch {
	case o.MediaDir != "":
		return o.MediaDir
	case p.Dir != "":
		return filepath.Join(p.Dir, "media")
	case p.Kind == "memory" || p.Kind == "own" || o.Dir == "":
		return ""
	}
	return filepath.Join(o.Dir, "data", "media")
}

// mediaStore opens the place of media, without asking it for anything; nil when
// only the process of the bot has one.
func mediaStore(o Options, p StorePlace) (*media.Store, error) {
	if p.mediaError != nil {
		return nil, p.mediaError
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if s3 := p.media.S3; s3 != nil {
		s, err := media.OpenBucket(media.Bucket{
			Endpoint: s3.Endpoint, Region: s3.Region, Name: s3.Name, Prefix: p.bot, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey, PathStyle: s3.PathStyle,
		}, o.Now)
		if err != nil {
			return nil, fmt.Errorf("media: s3: %w", err)
		}
		return s, nil
	}
	folder := mediaFolder(o, p)
	if folder == "" {
		return nil, nil
	}
	return media.OpenFolder(folder, o.Now), nil
}

// openMedia opens the place for media. A bucket that is not there, or keys that are
// wrong, are mistakes; one that does not answer may do so later.
func (b *Bot) openMedia(ctx context.Context, l *loaded) (*keeper, error) {
	k := &keeper{
		bot: b, log: b.log, now: b.o.Now, queue: make(chan fetch, maxQueued),
		flights: map[string]*flight{}, slots: make(chan struct{}, maxFlights),
	}
	var err error
	if k.store, err = mediaStore(b.o, b.at); err != nil {
		return nil, err
	}
	secret, folder := []byte(l.media.Secret), mediaFolder(b.o, b.at)
	switch {
	case l.media.S3 != nil:
		if err := k.askBucket(ctx); err != nil {
			return nil, err
		}
		secret = []byte(cmp.Or(l.media.Secret, l.media.S3.SecretKey))
	case k.store == nil:
		k.temporary = filepath.Join(os.TempDir(), "parley-media-"+b.process)
		k.store = media.OpenFolder(k.temporary, b.o.Now)
		secret = []byte(cmp.Or(l.media.Secret, rand.Text()))
	case l.media.Secret == "":
		secret = k.folderSecret(ctx, folder)
	}
	k.links, err = media.NewLinks(secret)
	return k, err
}

// askBucket looks whether the bucket does what it should. One whose settings are
// wrong is a mistake; one that does not answer may do so later.
func (k *keeper) askBucket(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	err := k.store.Check(ctx)
	if wrong, ok := errors.AsType[*media.BucketError](err); ok && wrong.Mistake {
		return fmt.Errorf("media: s3: %w", err)
	}
	if err != nil {
		k.log.WarnContext(ctx, "the bucket of media does not do what it should: media are not kept until it does", "error", err)
	}
	return nil
}

// announce tells the operator what processes on other machines can't do.
func (k *keeper) announce(ctx context.Context, v *version) {
	if strings.HasPrefix(k.bot.at.Kind, "redis") && v.public != nil && v.media.S3 == nil && v.media.Secret == "" {
		k.log.WarnContext(ctx, "media are in a folder of this machine, and links to them open on it alone", "folder", mediaFolder(k.bot.o, k.bot.at),
			"fix", "with several machines, name a bucket under media: s3: in bot.yaml")
	}
}

// folderSecret is the secret that lies beside the files. Without one that can be
// kept, links end with the process.
func (k *keeper) folderSecret(ctx context.Context, folder string) []byte {
	secret, err := media.FolderSecret(folder)
	if err != nil {
		k.log.WarnContext(ctx, "links to media end with this process, as their key can't be kept", "error", err)
		return []byte(rand.Text())
	}
	return secret
}

func (k *keeper) close() {
	k.store.Close()
	if k.temporary != "" {
		if err := os.RemoveAll(k.temporary); err != nil {
			k.log.Warn("the folder of media was not taken away", "folder", k.temporary, "error", err)
		}
	}
}

// keepTime is how long media are kept.
func keepTime(m flows.Media) time.Duration { return cmp.Or(m.Keep, mediaKeepTime) }

// limitsOf are those of media.
func limitsOf(m flows.Media) media.Limits {
	l := media.Limits{MaxSize: cmp.Or(m.MaxSize, maxMedia), Types: m.Types}
	if len(l.Types) == 0 {
		l.Types = media.DefaultTypes()
	}
	return l
}

// keep stores a file of a visitor and links it.
func (k *keeper) keep(ctx context.Context, v *version, conv state.Conv, f channels.Upload) (channels.Media, error) {
	l := limitsOf(v.media)
	l.Takes = f.Takes
	kept, err := k.store.Put(ctx, string(conv), f.MIME, f.Body, l)
	if err != nil {
		if refused, ok := errors.AsType[*channels.MediaError](err); ok {
			return channels.Media{}, refused
		}
		k.log.WarnContext(ctx, "file of a visitor not kept", "channel", conv.Channel(), "conversation_hash", hashed(conv), "error", err)
		return channels.Media{}, fmt.Errorf("keep a file: %w", err)
	}
	m := channels.Media{Kind: media.KindOf(kept.MIME), MIME: kept.MIME, Size: kept.Size, Name: nameOf(f.Name)}
	m.URL = k.link(v, media.Ref{Owner: string(conv), Hash: kept.Hash, MIME: kept.MIME, Name: m.Name, Since: k.now()})
	return m, nil
}

// linkMedia gives the media of an event links of ours: a platform's may end soon, or
// never, and some media have none. Without a public address others could not follow
// ours, so those that have one keep it.
func (b *Bot) linkMedia(v *version, ch *channel, e *channels.Event) {
	if len(e.Media) == 0 || e.Conversation == "" || !fromPerson(e.Kind) {
		return
	}
	_, opens := ch.Channel.(channels.MediaOpener)
	owner, now := string(state.NewConv(ch.name, e.Account, e.Conversation)), b.o.Now()
	linked := make([]channels.Media, len(e.Media))
	for i, m := range e.Media {
		ref := media.Ref{Owner: owner, MIME: m.MIME, Name: nameOf(m.Name), Since: now}
		_, ours := b.media.read(m.URL)
		switch {
		case ours:
		case m.URL == "" && m.ID != "" && opens:
			ref.Channel, ref.ID = ch.name, m.ID
			m.URL = b.media.link(v, ref)
		case v.public != nil && fetchable(m.URL):
			ref.URL = m.URL
			m.URL = b.media.link(v, ref)
		}
		linked[i] = m
	}
	e.Media = linked
}

// link makes a link of a ref that ends after the time of bot.yaml.
func (k *keeper) link(v *version, ref media.Ref) string {
	ref.Until = k.now().Add(cmp.Or(v.media.LinkTime, mediaLinkTime))
	return k.address(v, ref)
}

func (k *keeper) address(v *version, ref media.Ref) string {
	sealed := k.links.Seal(ref)
	if v.public == nil {
		return mediaPath + sealed
	}
	return v.public.JoinPath(mediaPath, sealed).String()
}

// read reads a link of ours.
func (k *keeper) read(address string) (media.Ref, bool) {
	i := strings.LastIndex(address, mediaPath)
	if i < 0 {
		return media.Ref{}, false
	}
	return k.links.Read(address[i+len(mediaPath):])
}

// renew gives media of a conversation a link that lasts, for who may read the
// conversation. It stays the same for a quarter of its time, so that a page that is
// drawn again finds what it has.
func (k *keeper) renew(v *version, conv state.Conv, m *channels.Media) {
	ref, ok := k.read(m.URL)
	if !ok || ref.Owner != string(conv) {
		return
	}
	lasts := cmp.Or(v.media.LinkTime, mediaLinkTime)
	if until := k.now().Truncate(lasts / 4).Add(lasts); until.After(ref.Until) {
		ref.Until = until
		m.URL = k.address(v, ref)
	}
}

// fetchable reports whether an address is one of the web.
func fetchable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && len(address) <= maxMediaURL
}

// maxMediaURL is the longest address that a link of ours stands for: an event has
// room for some of them. Media with a longer one keep it.
const maxMediaURL = 2 << 10

// maxMediaName is how much of the name of a file is kept, in characters.
const maxMediaName = 100

// nameOf is the name of a file without the folders and signs that somebody put in.
func nameOf(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	clean := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1 // control characters, and those that turn the direction of writing
		}
		return r
	}, name))
	if len(clean) > maxMediaName {
		clean = clean[len(clean)-maxMediaName:] // with its ending
	}
	return string(clean)
}
