// Package media keeps what people send: pictures, voice messages, documents. A
// [Store] holds them in a folder or in a bucket that speaks S3, [Links] make
// addresses that nobody can guess and that end.
//
// Content lies under the conversation that it belongs to, named by its SHA-256:
//
//	ab/cdef…/9f86d0…            the bytes, ab/cdef… being a hash of the conversation
//	ab/cdef…/ref-2c26b4…        which content something of a platform came to
//	ab/cdef…/forgotten          when the conversation was forgotten
//
// The same file twice in a conversation is kept once. Between conversations
// nothing is shared, so that one can be forgotten without asking who else has the
// same picture.
package media

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// ErrNotFound is returned for what is not kept, not any more, or was forgotten.
var ErrNotFound = errors.New("media: not found")

// ErrNoRoom is returned while a disk has too little left: that is for conversations,
// which lie beside the media.
var ErrNoRoom = errors.New("media: too little is left on the disk")

// Limits say what may be kept.
type Limits struct {
	// MaxSize is in bytes.
	MaxSize int64
	// Types are MIME types, or families such as image/*. None allows none.
	Types []string
	// Takes may refuse a type besides; nil: none.
	Takes func(mime string) bool
}

// Stored is content that is kept.
type Stored struct {
	// Hash is the SHA-256 of the content, in hexadecimal.
	Hash string `json:"hash"`
	// Size in bytes.
	Size int64 `json:"size"`
	// MIME is the type that the content has, whatever was said of it.
	MIME string `json:"mime"`
}

// Content is open content. It must be closed.
type Content struct {
	io.ReadSeekCloser
	Size int64
	// Time is when it was kept, or kept again.
	Time time.Time
}

// A Store keeps media. Its methods are safe for concurrent use, also by several
// processes on one folder or bucket. An owner is what media belong to, a
// conversation: any text, of which only a hash is stored.
type Store struct {
	place place
	now   func() time.Time
	room  func() error // says whether there is room for more; nil when nobody knows
	done  func()       // gives connections back; nil when there are none
}

// A place is where named files lie. A name has the owner's part before the last
// slash.
type place interface {
	// temp makes a file that put takes.
	temp() (*os.File, error)
	// put gives what was written to temp a name, whole or not at all, and replaces
	// what has the name. The file is closed and gone in any case.
	put(ctx context.Context, temp *os.File, name string) error
	// open is ErrNotFound for a name that nothing has.
	open(ctx context.Context, name string) (*Content, error)
	// list names the files in the folder of an owner.
	list(ctx context.Context, folder string) ([]string, error)
	// remove takes files away; those that are not there are no mistake.
	remove(ctx context.Context, names ...string) error
	// sweep takes away files that were put before a time.
	sweep(ctx context.Context, before time.Time) (removed int, err error)
	// check says what keeps files from being kept here.
	check(ctx context.Context) error
}

// Put keeps what r has, and returns once it is durable. Over the limits, or of a
// type that they do not allow, it is a [channels.MediaError]; declared is the type
// that the sender says it has, "" for none. Any other error is of r, of the disk or
// of the bucket; nothing is kept then.
func (s *Store) Put(ctx context.Context, owner, declared string, r io.Reader, l Limits) (Stored, error) {
	if s.room != nil {
		if err := s.room(); err != nil {
			return Stored{}, fmt.Errorf("keep media: %w", err)
		}
	}
	f, err := s.place.temp()
	if err != nil {
		return Stored{}, fmt.Errorf("keep media: %w", err)
	}
	kept, err := spool(f, &frugal{Reader: r, room: s.room}, declared, l)
	if err != nil {
		discard(f)
		return Stored{}, fmt.Errorf("keep media: %w", err)
	}
	if err := s.place.put(ctx, f, folderOf(owner)+"/"+kept.Hash); err != nil {
		return Stored{}, fmt.Errorf("keep media: %w", err)
	}
	return kept, nil
}

// Open opens the content with a hash, or returns [ErrNotFound].
func (s *Store) Open(ctx context.Context, owner, hash string) (*Content, error) {
	if !isHash(hash) {
		return nil, ErrNotFound
	}
	c, err := s.place.open(ctx, folderOf(owner)+"/"+hash)
	if err != nil {
		return nil, fmt.Errorf("open media: %w", err)
	}
	return c, nil
}

// Note remembers which content a source came to: the id or the address that a
// platform gave.
func (s *Store) Note(ctx context.Context, owner, source string, kept Stored) error {
	body, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("note media: %w", err)
	}
	if err := s.write(ctx, refOf(owner, source), body); err != nil {
		return fmt.Errorf("note media: %w", err)
	}
	return nil
}

// maxNote is more than a note has.
const maxNote = 4 << 10

// Find returns what [Store.Note] noted, or [ErrNotFound]. The content itself may
// be gone by now.
func (s *Store) Find(ctx context.Context, owner, source string) (Stored, error) {
	var kept Stored
	body, err := s.read(ctx, refOf(owner, source))
	if err != nil {
		return kept, fmt.Errorf("find media: %w", err)
	}
	if err := json.Unmarshal(body, &kept); err != nil || !isHash(kept.Hash) {
		return Stored{}, fmt.Errorf("find media: the note can't be read: %w", cmp.Or(err, ErrNotFound))
	}
	return kept, nil
}

// Forget takes away all that an owner has. What is fetched meanwhile, on behalf of
// what came before, can be told by [Store.Forgotten].
func (s *Store) Forget(ctx context.Context, owner string) error {
	at := strconv.FormatInt(s.now().UnixMilli(), 10)
	// First the mark: who keeps something after the files are gone looks for it then.
	if err := s.write(ctx, markOf(owner), []byte(at)); err != nil {
		return fmt.Errorf("forget media: %w", err)
	}
	names, err := s.place.list(ctx, folderOf(owner))
	if err != nil {
		return fmt.Errorf("forget media: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == markOf(owner) })
	if err := s.place.remove(ctx, names...); err != nil {
		return fmt.Errorf("forget media: %w", err)
	}
	return nil
}

// Drop takes away what a source came to.
func (s *Store) Drop(ctx context.Context, owner, source, hash string) error {
	if err := s.place.remove(ctx, refOf(owner, source), folderOf(owner)+"/"+hash); err != nil {
		return fmt.Errorf("drop media: %w", err)
	}
	return nil
}

// Forgotten reports whether the owner was forgotten at or after a time. It is
// known for as long as media are kept.
func (s *Store) Forgotten(ctx context.Context, owner string, since time.Time) (bool, error) {
	body, err := s.read(ctx, markOf(owner))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether media were forgotten: %w", err)
	}
	at, err := strconv.ParseInt(string(body), 10, 64)
	return err != nil || at >= since.UnixMilli(), nil // one that can't be read forgets all
}

// Sweep takes away what was last kept before a time, and returns how many files
// that were.
func (s *Store) Sweep(ctx context.Context, before time.Time) (removed int, err error) {
	if removed, err = s.place.sweep(ctx, before); err != nil {
		return removed, fmt.Errorf("sweep media: %w", err)
	}
	return removed, nil
}

// Check says what keeps media from being kept, in words for operators, without
// secrets. It writes a little and takes that away again.
func (s *Store) Check(ctx context.Context) error { return s.place.check(ctx) }

// Close gives back connections that nobody uses. What is open stays so.
func (s *Store) Close() {
	if s.done != nil {
		s.done()
	}
}

func (s *Store) write(ctx context.Context, name string, body []byte) error {
	f, err := s.place.temp()
	if err != nil {
		return err
	}
	if _, err := f.Write(body); err != nil {
		discard(f)
		return err
	}
	return s.place.put(ctx, f, name)
}

func (s *Store) read(ctx context.Context, name string) ([]byte, error) {
	c, err := s.place.open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return io.ReadAll(io.LimitReader(c, maxNote))
}

// roomEvery is how many bytes are read between two looks at the room.
const roomEvery = 1 << 20

// A frugal reader ends when there is no room any more: several files that each fitted
// when they began may not fit together.
type frugal struct {
	io.Reader
	room func() error
	read int // since the last look
}

// Read reads what there is room for.
func (r *frugal) Read(p []byte) (int, error) {
	if r.room != nil && r.read >= roomEvery {
		r.read = 0
		if err := r.room(); err != nil {
			return 0, err
		}
	}
	n, err := r.Reader.Read(p)
	r.read += n
	return n, err
}

// spool writes a body to a file, within the limits, and says what it is.
func spool(f *os.File, r io.Reader, declared string, l Limits) (Stored, error) {
	var head head
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum, &head), io.LimitReader(r, l.MaxSize+1))
	if err != nil {
		return Stored{}, err
	}
	if size > l.MaxSize {
		return Stored{}, &channels.MediaError{Status: http.StatusRequestEntityTooLarge, MaxSize: l.MaxSize}
	}
	kept := Stored{Hash: hex.EncodeToString(sum.Sum(nil)), Size: size, MIME: typeOf(head.bytes, declared)}
	if !Allowed(kept.MIME, l.Types) || l.Takes != nil && !l.Takes(kept.MIME) {
		return Stored{}, &channels.MediaError{Status: http.StatusUnsupportedMediaType, MIME: kept.MIME}
	}
	return kept, nil
}

// discard closes a temporary file and takes it away.
func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name()) // sweep finds it else
}

// folderOf is where the media of an owner lie.
func folderOf(owner string) string {
	sum := sha256.Sum256([]byte(owner))
	name := hex.EncodeToString(sum[:16])
	return name[:2] + "/" + name[2:]
}

func refOf(owner, source string) string {
	sum := sha256.Sum256([]byte(source))
	return folderOf(owner) + "/ref-" + hex.EncodeToString(sum[:])
}

func markOf(owner string) string { return folderOf(owner) + "/forgotten" }

// isHash reports whether a text is a hash as Put returns it.
func isHash(hash string) bool {
	b, err := hex.DecodeString(hash)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == hash
}
