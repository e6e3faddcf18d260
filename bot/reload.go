package bot

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/parley-chat/parley/bot/internal/failpoint"
	"github.com/parley-chat/parley/flows/spec"
)

// How the bot folder is watched: at every hint of the operating system, and now
// and then without one, since some file systems give none.
const (
	watchEvery = 2 * time.Second
	watchQuiet = 200 * time.Millisecond // after the last change: editors write more than once
)

// Reload loads the bot folder again. Everything compiles, or nothing changes and
// the report says why; the bot runs on either way. Channels whose settings are as
// before are kept. A turn in hand ends on the flows that it began with.
func (b *Bot) Reload(ctx context.Context) (*spec.Report, error) {
	b.reloading.Lock()
	defer b.reloading.Unlock()
	old := b.version.Load()
	l, report := b.load()
	if report.Failed() {
		b.broken = true
		b.log.ErrorContext(ctx, "reload failed, the old version keeps running", "flows", old.fingerprint)
		report.Text(b.o.Reports, false)
		return report, &spec.Error{Report: report}
	}
	if l.fingerprint == old.fingerprint {
		if b.broken {
			b.log.InfoContext(ctx, "flows are fine again", "flows", old.fingerprint)
		}
		b.broken = false
		return report, nil
	}
	v, err := b.newVersion(l, old)
	if err == nil {
		err = b.number(ctx, v)
	}
	if b.broken = err != nil; err != nil {
		b.log.ErrorContext(ctx, "reload failed, the old version keeps running", "flows", old.fingerprint, "error", err)
		return report, fmt.Errorf("reload: %w", err)
	}
	if changed := b.storeChanged(l); len(changed) > 0 {
		b.log.WarnContext(ctx, "the store stays as it is until the next start", "changed", strings.Join(changed, ", "))
	}
	failpoint.Hit(failpoint.DuringReload)
	b.version.Store(v)
	old.calls.close()
	b.announce(ctx, v)
	b.register(ctx, v, old)
	return report, nil
}

// storeChanged names the keys of bot.yaml that say something else of the store than
// when it was opened.
func (b *Bot) storeChanged(l *loaded) (keys []string) {
	if b.o.State == "" && l.state != b.first.state {
		keys = append(keys, "state")
	}
	if l.profile != b.first.profile {
		keys = append(keys, "profile")
	}
	if l.retention != b.first.retention {
		keys = append(keys, "retention")
	}
	if l.media.Secret != b.first.media.Secret || !reflect.DeepEqual(l.media.S3, b.first.media.S3) {
		keys = append(keys, "media: secret or s3")
	}
	return keys
}

// watch reloads the bot folder when it changed and nothing changes any more.
func (b *Bot) watch(ctx context.Context) {
	w := newFolderWatch(b)
	defer w.close()
	var seen uint64 // none: what changed since the bot was loaded must not be missed
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.hints():
			timer.Reset(watchQuiet)
			continue
		case <-timer.C:
		}
		now := w.fingerprint()
		if now == seen {
			timer.Reset(watchEvery)
			continue
		}
		seen = now
		w.follow()
		if _, err := b.Reload(ctx); err != nil {
			b.log.DebugContext(ctx, "reload", "error", err)
			if _, mistake := errors.AsType[*spec.Error](err); !mistake {
				seen = 0 // the store, say, did not answer: nothing is wrong with the files
			}
		}
		timer.Reset(watchEvery)
	}
}

// A folderWatch looks at the files that a bot is made of.
type folderWatch struct {
	dir string
	// skip are the folders of the store and of media, which change all the time.
	skip   []string
	notify *fsnotify.Watcher // nil where there is none
}

func newFolderWatch(b *Bot) *folderWatch {
	w := &folderWatch{dir: b.o.Dir}
	address := b.version.Load().state
	if b.o.State != "" {
		address = b.o.State
	}
	changing := []string{mediaFolder(b.o, b.at)}
	if dir, ok := strings.CutPrefix(address, "file:"); ok {
		changing = append(changing, b.dataDir(dir))
	}
	for _, dir := range changing {
		if rel, err := filepath.Rel(b.o.Dir, dir); dir != "" && err == nil {
			w.skip = append(w.skip, filepath.ToSlash(rel))
		}
	}
	w.notify, _ = fsnotify.NewWatcher() // without it the folder is looked at every 2 s
	w.follow()
	return w
}

// hints has a value when something may have changed.
func (w *folderWatch) hints() <-chan fsnotify.Event {
	if w.notify == nil {
		return nil
	}
	return w.notify.Events
}

func (w *folderWatch) close() {
	if w.notify != nil {
		_ = w.notify.Close()
	}
}

// follow watches the folders that there are now.
func (w *folderWatch) follow() {
	w.walk(func(name string, d fs.DirEntry) {
		if w.notify != nil && d.IsDir() {
			_ = w.notify.Add(filepath.Join(w.dir, filepath.FromSlash(name))) // else the look every 2 s finds it
		}
	})
}

// fingerprint tells whether a file came, went or was written.
func (w *folderWatch) fingerprint() uint64 {
	h := fnv.New64a()
	w.walk(func(name string, d fs.DirEntry) {
		info, err := d.Info()
		if err != nil || d.IsDir() {
			return
		}
		fmt.Fprintf(h, "%s\x00%d\x00%d\x00", name, info.Size(), info.ModTime().UnixNano())
	})
	return h.Sum64()
}

// walk visits the bot folder but for hidden files and the store.
func (w *folderWatch) walk(visit func(name string, d fs.DirEntry)) {
	_ = fs.WalkDir(os.DirFS(w.dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return fs.SkipDir
		}
		hidden := name != "." && strings.HasPrefix(path.Base(name), ".")
		switch {
		case d.IsDir() && (hidden || slices.Contains(w.skip, name)):
			return fs.SkipDir
		case !hidden:
			visit(name, d)
		}
		return nil
	})
}
