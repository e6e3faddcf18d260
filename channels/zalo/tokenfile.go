package zalo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/parley-chat/parley/channels"
)

// lockEvery is how often a lock is tried that another process holds.
const lockEvery = 50 * time.Millisecond

// A pair is an access token with the refresh token that came with it.
type pair struct {
	Access, Refresh string
	ends            time.Time
	life            time.Duration
}

// works reports whether the token may be used: it has not ended, and is not the one that
// Zalo refused.
func (p pair) works(now time.Time, spent string) bool {
	return p.Access != "" && p.Access != spent && now.Before(p.ends)
}

// fresh reports whether the token works for a fifth of its life yet, so that there is time
// to try again when a renewal fails.
func (p pair) fresh(now time.Time, spent string) bool {
	return p.works(now, spent) && p.ends.Sub(now) > p.life/5
}

// A tokenFile keeps a pair on disk.
type tokenFile struct{ path string }

// content is the file: Zalo's own answer, and when it ends.
type content struct {
	AccessToken  word      `json:"access_token"`
	RefreshToken word      `json:"refresh_token"`
	ExpiresIn    word      `json:"expires_in"` // seconds
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
}

// read returns what the file has. Without expires_at the life counts from when the file
// was written. An error quotes nothing of the file.
func (f tokenFile) read() (pair, error) {
	b, err := os.ReadFile(f.path)
	if err != nil {
		return pair{}, fmt.Errorf("read the token_file: %w", err)
	}
	var c content
	if err := channels.Unmarshal(b, &c); err != nil {
		return pair{}, fmt.Errorf("read the token_file: %w", err)
	}
	p := pair{Access: string(c.AccessToken), Refresh: string(c.RefreshToken), ends: c.ExpiresAt, life: unknownLife}
	if !plain(p.Access) || !plain(p.Refresh) {
		return pair{}, errors.New("the token_file has a token with characters that none has")
	}
	if n, err := strconv.ParseInt(string(c.ExpiresIn), 10, 64); err == nil && n > 0 && n < int64(365*24*time.Hour/time.Second) {
		p.life = time.Duration(n) * time.Second
	}
	if p.ends.IsZero() {
		info, err := os.Stat(f.path)
		if err != nil {
			return pair{}, fmt.Errorf("read the token_file: %w", err)
		}
		p.ends = info.ModTime().Add(p.life)
	}
	return p, nil
}

func (f tokenFile) temporary() string { return f.path + ".new" }

// prepare makes the file that write will fill, as long as the tokens may become, so that a
// folder that can't be written or a full disk shows before a refresh token is spent.
func (f tokenFile) prepare() error { return f.fill(make([]byte, 8<<10)) }

// write replaces the file: only its owner may read it, and a crash leaves the old or the
// new one whole.
func (f tokenFile) write(p pair) error {
	b, err := json.MarshalIndent(content{
		AccessToken: word(p.Access), RefreshToken: word(p.Refresh),
		ExpiresIn: word(strconv.FormatInt(int64(p.life/time.Second), 10)), ExpiresAt: p.ends.UTC().Truncate(time.Second),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the tokens: %w", err)
	}
	if err := f.fill(append(b, '\n')); err != nil {
		return err
	}
	if err := os.Rename(f.temporary(), f.path); err != nil {
		return fmt.Errorf("replace the token_file: %w", err)
	}
	folder, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return fmt.Errorf("open the folder of the token_file: %w", err)
	}
	defer folder.Close()
	_ = folder.Sync() // some file systems have none for folders
	return nil
}

// fill writes the temporary file and waits until it is on the disk.
func (f tokenFile) fill(b []byte) error {
	file, err := os.OpenFile(f.temporary(), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write the token_file: %w", err)
	}
	defer file.Close() // again, after an error
	if err := errors.Join(file.Chmod(0o600), file.Truncate(int64(len(b)))); err != nil {
		return fmt.Errorf("write the token_file: %w", err)
	}
	if _, err := file.WriteAt(b, 0); err != nil {
		return fmt.Errorf("write the token_file: %w", err)
	}
	if err := errors.Join(file.Sync(), file.Close(), sameOwner(f.path, f.temporary())); err != nil {
		return fmt.Errorf("write the token_file: %w", err)
	}
	return nil
}

// lock takes the lock of the file, which is a file beside it since the file itself is
// replaced. It waits for others as long as the context, and ends with the process.
func (f tokenFile) lock(ctx context.Context) (unlock func(), err error) {
	file, err := os.OpenFile(f.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := sameOwner(f.path, file.Name()); err != nil {
		_ = file.Close()
		return nil, err
	}
	tick := time.NewTicker(lockEvery)
	defer tick.Stop()
	for {
		ok, err := tryLock(file)
		if ok {
			return func() { _ = file.Close() }, nil // which gives the lock back
		}
		if err == nil {
			select {
			case <-tick.C:
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		_ = file.Close()
		return nil, err
	}
}
