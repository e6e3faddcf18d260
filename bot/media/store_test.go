package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/bot/media/s3test"
	"github.com/parley-chat/parley/channels"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const png = "\x89PNG\r\n\x1a\n"

func limits() Limits { return Limits{MaxSize: 1 << 20, Types: DefaultTypes()} }

// A stand is a store with what a test needs to look behind it.
type stand struct {
	*Store
	files func() []string
	age   func(d time.Duration)
}

func bucketOf(s *s3test.Server) Bucket {
	return Bucket{Endpoint: s.URL, Region: s3test.Region, Name: s3test.Bucket, Prefix: "shop", AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey}
}

func openBucket(t *testing.T, b Bucket) *Store {
	t.Helper()
	s, err := OpenBucket(b, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// onEach runs a test on a folder and on a bucket.
func onEach(t *testing.T, test func(t *testing.T, s stand)) {
	t.Run("folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "media")
		test(t, stand{OpenFolder(dir, time.Now), func() []string { return filesIn(t, dir) }, func(d time.Duration) {
			for _, f := range filesIn(t, dir) {
				info, err := os.Stat(f)
				if err == nil {
					err = os.Chtimes(f, time.Time{}, info.ModTime().Add(-d))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}})
	})
	t.Run("bucket", func(t *testing.T) {
		server := s3test.New()
		t.Cleanup(server.Close)
		test(t, stand{openBucket(t, bucketOf(server)), server.Keys, server.Age})
	})
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

func put(t *testing.T, s *Store, owner, body string) Stored {
	t.Helper()
	kept, err := s.Put(t.Context(), owner, "", strings.NewReader(body), limits())
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestContentIsKeptByItsHash(t *testing.T) {
	onEach(t, func(t *testing.T, s stand) {
		kept := put(t, s.Store, "ann", png+"one")
		if kept.MIME != "image/png" || kept.Size != 11 || kept.Hash != put(t, s.Store, "ann", png+"one").Hash {
			t.Errorf("kept %+v", kept)
		}
		if files := s.files(); len(files) != 1 || !strings.HasSuffix(files[0], kept.Hash) {
			t.Errorf("the same twice is %v", files)
		}
		put(t, s.Store, "bob", png+"one")
		if files := s.files(); len(files) != 2 {
			t.Errorf("two conversations share %v", files)
		}
		c, err := s.Open(t.Context(), "ann", kept.Hash)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Seek(8, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(c); err != nil || string(rest) != "one" || c.Size != 11 {
			t.Errorf("%q, %v, %d", rest, err, c.Size)
		}
		for _, hash := range []string{"", "../../link.key", strings.Repeat("a", 64), strings.ToUpper(kept.Hash)} {
			if _, err := s.Open(t.Context(), "ann", hash); !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v", hash, err)
			}
		}
	})
}

func TestSourcesLeadToContent(t *testing.T) {
	onEach(t, func(t *testing.T, s stand) {
		if _, err := s.Find(t.Context(), "ann", "src"); !errors.Is(err, ErrNotFound) {
			t.Errorf("before: %v", err)
		}
		kept := put(t, s.Store, "ann", png)
		if err := s.Note(t.Context(), "ann", "src", kept); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Find(t.Context(), "ann", "src"); err != nil || got != kept {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := s.Find(t.Context(), "bob", "src"); !errors.Is(err, ErrNotFound) {
			t.Errorf("of somebody else: %v", err)
		}
	})
}

func TestForgetLeavesOnlyThatItWasForgotten(t *testing.T) {
	onEach(t, func(t *testing.T, s stand) {
		for i := range 5 { // more than a page of a list
			kept := put(t, s.Store, "ann", png+strings.Repeat("x", i))
			if err := s.Note(t.Context(), "ann", strings.Repeat("x", i), kept); err != nil {
				t.Fatal(err)
			}
		}
		other := put(t, s.Store, "bob", png)
		before := time.Now()
		if gone, err := s.Forgotten(t.Context(), "ann", before); err != nil || gone {
			t.Errorf("before: %v, %v", gone, err)
		}
		if err := s.Forget(t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		files := s.files()
		if len(files) != 2 {
			t.Errorf("left: %v", files)
		}
		if c, err := s.Open(t.Context(), "bob", other.Hash); err != nil {
			t.Errorf("of somebody else: %v", err)
		} else if err := c.Close(); err != nil {
			t.Error(err)
		}
		if gone, err := s.Forgotten(t.Context(), "ann", before); err != nil || !gone {
			t.Errorf("what came before: %v, %v", gone, err)
		}
		if gone, err := s.Forgotten(t.Context(), "ann", time.Now().Add(time.Second)); err != nil || gone {
			t.Errorf("what comes after: %v, %v", gone, err)
		}
	})
}

func TestSweepTakesWhatIsOld(t *testing.T) {
	onEach(t, func(t *testing.T, s stand) {
		old := put(t, s.Store, "ann", png+"old")
		again := put(t, s.Store, "ann", png+"again")
		s.age(48 * time.Hour)
		put(t, s.Store, "ann", png+"again") // counts from now on
		if n, err := s.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := s.Open(t.Context(), "ann", old.Hash); !errors.Is(err, ErrNotFound) {
			t.Errorf("old: %v", err)
		}
		c, err := s.Open(t.Context(), "ann", again.Hash)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		s.age(48 * time.Hour)
		if n, err := s.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); err != nil || n != 1 || len(s.files()) != 0 {
			t.Errorf("%d, %v, left %v", n, err, s.files())
		}
	})
}

func TestManyKeepTheSameAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s stand) {
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := s.Put(t.Context(), "ann", "", strings.NewReader(png+"same"), limits()); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if files := s.files(); len(files) != 1 {
			t.Errorf("files %v", files)
		}
	})
}

// errBroken is what a body breaks with.
var errBroken = errors.New("the line is cut")

func TestRefusedAndBrokenBodiesLeaveNothing(t *testing.T) {
	onEach(t, func(t *testing.T, s stand) {
		for name, c := range map[string]struct {
			body   io.Reader
			status int
			err    error
		}{
			"just too large": {strings.NewReader(png + strings.Repeat("x", 1<<20-7)), 413, nil},
			"endless":        {io.MultiReader(strings.NewReader(png), endless{}), 413, nil},
			"a page":         {strings.NewReader("<!DOCTYPE html><p>hi"), 415, nil},
			"not wanted":     {strings.NewReader("GIF89a of the one who asks"), 415, nil},
			"empty":          {strings.NewReader(""), 0, nil},
			"cut":            {io.MultiReader(strings.NewReader(png), broken{}), 0, errBroken},
		} {
			_, err := s.Put(t.Context(), "ann", "image/png", c.body, Limits{
				MaxSize: 1 << 20, Types: []string{"image/*"}, Takes: func(mime string) bool { return mime != "image/gif" },
			})
			refused, ok := errors.AsType[*channels.MediaError](err)
			switch {
			case err == nil:
				t.Errorf("%s: it was kept", name)
			case c.status != 0 && (!ok || refused.Status != c.status):
				t.Errorf("%s: %v", name, err)
			case c.err != nil && !errors.Is(err, c.err):
				t.Errorf("%s: %v", name, err)
			}
		}
		if files := s.files(); len(files) != 0 {
			t.Errorf("left: %v", files)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

// What is left of a disk that is nearly full is not for media; forgetting still works.
func TestNearlyFullDiskTakesNoMedia(t *testing.T) {
	dir := t.TempDir()
	s := OpenFolder(dir, time.Now)
	kept := put(t, s, "ann", png)
	s.room = func() error { return ErrNoRoom }
	if _, err := s.Put(t.Context(), "ann", "", strings.NewReader(png+"more"), limits()); !errors.Is(err, ErrNoRoom) {
		t.Errorf("%v", err)
	}
	if err := s.Forget(t.Context(), "ann"); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(t.Context(), "ann", kept.Hash); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// What comes in at once can be more than a disk has left: the room is looked at on the
// way, too.
func TestDiskThatFillsMeanwhileTakesNoMedia(t *testing.T) {
	dir := t.TempDir()
	s := OpenFolder(dir, time.Now)
	looks := 0
	s.room = func() error {
		if looks++; looks > 3 {
			return ErrNoRoom
		}
		return nil
	}
	most := limits()
	most.MaxSize = 64 << 20
	if _, err := s.Put(t.Context(), "ann", "", io.LimitReader(endless{}, most.MaxSize), most); !errors.Is(err, ErrNoRoom) {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, tempFolder)); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

func TestFilesAreForTheirUserAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	s := OpenFolder(dir, time.Now)
	put(t, s, "ann", png)
	if _, err := FolderSecret(dir); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFolderSecretIsOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	var wg sync.WaitGroup
	got := make([][]byte, 16)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = FolderSecret(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, g := range got {
		if !bytes.Equal(g, got[0]) || len(g) < 20 {
			t.Fatalf("%q and %q", g, got[0])
		}
	}
	if files := filesIn(t, dir); len(files) != 1 {
		t.Errorf("files %v", files)
	}
	if err := os.WriteFile(filepath.Join(dir, secretFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := FolderSecret(dir); err == nil {
		t.Error("an empty one is taken")
	}
}

// What is wrong with a bucket is told in words for who set it up.
func TestBucketSaysWhatIsWrong(t *testing.T) {
	server := s3test.New()
	t.Cleanup(server.Close)
	gone := s3test.New()
	gone.Close()
	for name, c := range map[string]struct {
		change  func(b *Bucket)
		mistake bool
		says    string
	}{
		"right":       {func(*Bucket) {}, false, ""},
		"bucket":      {func(b *Bucket) { b.Name = "other" }, true, "there is no bucket other"},
		"access key":  {func(b *Bucket) { b.AccessKey = "AKIAOTHER" }, true, "does not know the access_key"},
		"secret key":  {func(b *Bucket) { b.SecretKey = "other-secret-of-somebody" }, true, "the secret_key is not that of the access_key"},
		"region":      {func(b *Bucket) { b.Region = "us-east-1" }, true, "in another region than us-east-1"},
		"unreachable": {func(b *Bucket) { b.Endpoint = gone.URL }, false, "can't be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := bucketOf(server)
			c.change(&settings)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := openBucket(t, settings).Check(ctx)
			if c.says == "" {
				if err != nil || len(server.Keys()) != 0 {
					t.Errorf("%v, left %v", err, server.Keys())
				}
				return
			}
			b, ok := errors.AsType[*BucketError](err)
			if !ok || b.Mistake != c.mistake || !strings.Contains(b.Text, c.says) || strings.Contains(err.Error(), settings.SecretKey) {
				t.Errorf("%v", err)
			}
		})
	}
	server.Refuse(func(r *http.Request) (int, string) {
		if r.Method == http.MethodPut {
			return http.StatusForbidden, "AccessDenied"
		}
		return 0, ""
	})
	if err := openBucket(t, bucketOf(server)).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "may not do this") {
		t.Errorf("%v", err)
	}
}

// A bucket that has trouble for a moment is asked again.
func TestBucketIsAskedAgain(t *testing.T) {
	server := s3test.New()
	t.Cleanup(server.Close)
	troubles := 1
	server.Refuse(func(*http.Request) (int, string) {
		if troubles > 0 {
			troubles--
			return http.StatusServiceUnavailable, "SlowDown"
		}
		return 0, ""
	})
	s := openBucket(t, bucketOf(server))
	kept := put(t, s, "ann", png)
	if c, err := s.Open(t.Context(), "ann", kept.Hash); err != nil {
		t.Error(err)
	} else if err := c.Close(); err != nil {
		t.Error(err)
	}
}
