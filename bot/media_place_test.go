package bot

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/bot/media"
	"github.com/parley-chat/parley/bot/media/s3test"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows"
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

// Processes with one bucket open each other's links.
func TestBucketIsSharedByProcesses(t *testing.T) {
	server := s3test.New()
	t.Cleanup(server.Close)
	bucket := flows.Media{S3: &flows.Bucket{Endpoint: server.URL, Region: s3test.Region, Name: s3test.Bucket, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey}}
	one := startTestBot(t, setup{channel: newGallery(), engine: script(echo), media: bucket})
	two := startTestBot(t, setup{channel: newGallery(), engine: script(echo), media: bucket})
	m, err := host{bot: one, channel: "fake"}.Keep(t.Context(), "acc", "ann", channels.Upload{Body: strings.NewReader(png + "shared")})
	if err != nil {
		t.Fatal(err)
	}
	if w := follow(t, two, m.URL, "Range", "bytes=8-"); w.Code != 206 || w.Body.String() != "shared" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if keys := server.Keys(); len(keys) != 1 || !strings.HasPrefix(keys[0], "test/") {
		t.Errorf("objects %v", keys)
	}
	if found, err := two.Operator().Forget(t.Context(), convOf("ann")); err != nil || found {
		t.Errorf("%v, %v", found, err)
	}
	if w := follow(t, one, m.URL); w.Code != 404 {
		t.Errorf("after it was forgotten: %d", w.Code)
	}
	server.Refuse(func(*http.Request) (int, string) { return 503, "SlowDown" })
	if w := follow(t, one, m.URL); w.Code != 502 {
		t.Errorf("while the bucket is away: %d", w.Code)
	}
}

// Events without media cost nothing.
func TestTextsCostNothing(t *testing.T) {
	b := newTestBot(t, setup{channel: newGallery(), engine: script(echo)})
	defer stopTestBot(t, b)
	v := b.version.Load()
	events := []channels.Event{said("ann", "1", "hello").Event}
	if n := testing.AllocsPerRun(100, func() {
		b.linkMedia(v, v.channels["fake"], &events[0])
		b.media.expect(events)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if files := filesIn(t, b.media.temporary); len(files) != 0 {
		t.Errorf("files %v", files)
	}
}

// A bot does not start on a bucket whose settings are wrong, and does on one that is
// away for a while.
func TestStartLooksAtTheBucket(t *testing.T) {
	server := s3test.New()
	t.Cleanup(server.Close)
	start := func(change func(b *flows.Bucket)) error {
		s3 := &flows.Bucket{Endpoint: server.URL, Region: s3test.Region, Name: s3test.Bucket, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey}
		change(s3)
		b := newTestBot(t, setup{channel: newGallery(), engine: script(echo)})
		defer stopTestBot(t, b)
		b.at.media.S3 = s3
		k, err := b.openMedia(t.Context(), &loaded{media: flows.Media{S3: s3}})
		if err == nil {
			k.close()
		}
		return err
	}
	if err := start(func(*flows.Bucket) {}); err != nil {
		t.Error(err)
	}
	if err := start(func(b *flows.Bucket) { b.Name = "other" }); err == nil || fmt.Sprint(err) != "media: s3: there is no bucket other at "+hostOf(server.Server) {
		t.Error(err)
	}
	if err := start(func(b *flows.Bucket) { b.Endpoint = "http://127.0.0.1:1" }); err != nil {
		t.Error(err)
	}
}
