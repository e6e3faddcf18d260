package bot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/bot/media/s3test"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state/filestore"
)

// A conversation is forgotten with its media, also beside a bot that is stopped, and
// wherever the media are.
func TestOperatorForgetsMedia(t *testing.T) {
	server := s3test.New()
	t.Cleanup(server.Close)
	const bucket = "media: {s3: {endpoint: '${ env.S3 }', region: " + s3test.Region + ", bucket: " + s3test.Bucket + ", access_key: " + s3test.AccessKey + ", secret_key: " + s3test.SecretKey + "}}\n"
	for name, c := range map[string]struct {
		yaml, state string
		env         bool // what bot.yaml needs is there
		says        string
	}{
		"folder":                      {"", "", true, ""},
		"bucket":                      {bucket, "", true, ""},
		"bucket, state":               {bucket, "file:data", true, ""},
		"bucket of a variable":        {bucket, "", false, "S3 is not set"},
		"bucket of a variable, state": {bucket, "file:data", false, "S3 is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "bot.yaml"), []byte("bot: shop\n"+c.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := filestore.Open(filepath.Join(dir, "data"), filestore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			o := Options{Dir: dir, State: c.state, Env: func(name string) (string, bool) { return server.URL, name == "S3" }}
			p, err := MediaPlaceOf(o)
			if err != nil {
				t.Fatal(err)
			}
			limits := media.Limits{MaxSize: 100, Types: media.DefaultTypes()}
			stored, err := p.store.Put(t.Context(), string(convOf("ann")), "", strings.NewReader(png), limits)
			if err != nil {
				t.Fatal(err)
			}
			defer p.store.Close()
			if !c.env {
				o.Env = func(string) (string, bool) { return "", false }
			}
			op, err := OpenOperator(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer op.Close()
			_, err = op.Forget(t.Context(), convOf("ann"))
			kept, open := p.store.Open(t.Context(), string(convOf("ann")), stored.Hash)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) || open != nil {
					t.Errorf("%v, %v", err, open)
				}
				if open == nil {
					_ = kept.Close()
				}
				return
			}
			if err != nil || open == nil {
				t.Errorf("%v; still there: %v", err, open == nil)
			}
		})
	}
}

// Files of the folder of media don't have the bot loaded again, wherever it is.
func TestFolderOfMediaIsNotWatched(t *testing.T) {
	for _, kind := range []string{"redis", "own"} {
		dir := t.TempDir()
		b := newTestBot(t, setup{engine: script(echo), channel: newPlatform(), options: func(o *Options) {
			o.Dir, o.MediaDir = dir, filepath.Join(dir, "data", "media")
		}})
		b.at.Kind = kind
		if kind == "redis" {
			b.o.MediaDir = ""
		}
		w := newFolderWatch(b)
		before := w.fingerprint()
		_, err := (host{bot: b, channel: "fake"}).Keep(t.Context(), "acc", "ann", channels.Upload{Body: strings.NewReader(png)})
		if err != nil || w.fingerprint() != before || len(filesIn(t, dir)) == 0 {
			t.Errorf("%s: %v, changed %v, files %v", kind, err, w.fingerprint() != before, filesIn(t, dir))
		}
		w.close()
		stopTestBot(t, b)
	}
}
