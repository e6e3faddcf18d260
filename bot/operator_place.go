package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-chat/parley/flows"
	"github.com/parley-chat/parley/state/filestore"
)

// A StorePlace says where the store of a bot is.
type StorePlace struct {
	StoreInfo
	bot, address string
	retention    flows.Retention
	media        flows.Media
	mediaError   error // why media is not known
}

// PlaceOf says where the store is that the options, or the bot folder, name, and
// opens nothing. See [OpenOperator] for what of the folder counts.
func PlaceOf(o Options) (StorePlace, error) {
	kind, _, _ := strings.Cut(o.State, ":")
	switch {
	case o.Bot != nil:
		return placeAt(o, flows.Place{Bot: o.Bot.Name, State: o.Bot.State, Retention: o.Bot.Retention, Media: o.Bot.Media})
	case o.Store != nil || kind == "file" || kind == "memory": // only media need more
		return placeAt(o, mediaOnly(o))
	}
	l, report := flows.LoadPlace(o.Dir, o.LoadOptions(flows.MissingEnvError))
	report.Under(o.Dir)
	if err := report.Err(); err != nil {
		return StorePlace{}, fmt.Errorf("find the store: %w", err)
	}
	return placeAt(o, l)
}

// mediaOnly reads what of a bot folder names the place of media, where the store is
// named already. Without a bot.yaml they are where they are by default.
func mediaOnly(o Options) flows.Place {
	if _, err := os.Stat(filepath.Join(o.Dir, "bot.yaml")); errors.Is(err, fs.ErrNotExist) {
		return flows.Place{}
	}
	l, report := flows.LoadPlace(o.Dir, o.LoadOptions(flows.MissingEnvError))
	report.Under(o.Dir)
	if err := report.Err(); err != nil {
		return flows.Place{MediaError: err}
	}
	return flows.Place{Bot: l.Bot, Media: l.Media, MediaError: l.MediaError}
}

// placeAt reads the address of the store of a bot.
func placeAt(o Options, l flows.Place) (StorePlace, error) {
	address := cmp.Or(o.State, l.State)
	p := StorePlace{bot: l.Bot, address: address, retention: l.Retention, media: l.Media, mediaError: l.MediaError}
	if o.Store != nil {
		p.Kind = "own"
		return p, nil
	}
	var rest string
	p.Kind, rest, _ = strings.Cut(address, ":")
	switch p.Kind {
	case "file":
		if rest == "" {
			return p, errors.New("state: file: names no folder; write file:data")
		}
		p.Dir = storeFolder(o, rest)
	case "memory", "redis", "rediss", "redis+cluster", "redis+sentinel":
	default:
		return p, errors.New("state: not an address of a store; use file:DIR, redis://HOST or memory:")
	}
	return p, nil
}

// RunsElsewhere returns the folder of a store within the bot folder on which a bot
// runs, although the options name another store: state: was changed since it began,
// or it was started with another one. Empty: there is none.
func RunsElsewhere(ctx context.Context, o Options) string {
	place, err := PlaceOf(o)
	if err != nil || place.Kind == "own" {
		return ""
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		dir := filepath.Join(o.Dir, e.Name())
		if !e.IsDir() || place.Dir != "" && same(dir, place.Dir) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(dir, socketFile)); err != nil {
			continue
		}
		if conn, err := dialSocket(ctx, dir); err == nil {
			_ = conn.Close() // somebody listens
			return dir
		}
	}
	return ""
}

// same reports whether two paths lead to one folder.
func same(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// storeFolder is the folder of a file store; a relative one lies in the bot folder.
func storeFolder(o Options, dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(o.Dir, dir)
}

// EmbeddedBeside returns the folder of an embedded store within the bot folder, where
// the options name a store that is none: what is in it was left behind. Empty: there
// is none.
func EmbeddedBeside(o Options) string {
	place, err := PlaceOf(o)
	if err != nil || place.Kind == "own" || place.Kind == "memory" || place.Dir != "" {
		return ""
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		dir := filepath.Join(o.Dir, e.Name())
		if there, err := filestore.Exists(dir); e.IsDir() && err == nil && there {
			return dir
		}
	}
	return ""
}
