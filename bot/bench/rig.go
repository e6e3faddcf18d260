package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/redisstore"
)

// botName is the name of the bot, part of its keys in Redis.
const botName = "orderstatus"

// A system is what is measured.
type system struct {
	name  string
	floor bool   // not Parley
	lean  bool   // the floor on its lean store
	store string // redis, file or memory
}

// A setup is a system under certain conditions.
type setup struct {
	system
	label string
	flows int // beside the real one
	chats int // that people come back to
	// fill prepares the store before the server starts; nil leaves it empty.
	fill func(ctx context.Context, s state.Store) error
}

// A rig is a setup that runs: the server, its store, and the people who write.
type rig struct {
	setup
	dir      string
	server   *process
	redis    *redisServer // nil without
	platform *platform
	crowd    *crowd

	started time.Duration // until the server was ready
	filled  int64         // bytes that the store grew by when it was filled
	samples map[mode][]sample
}

// programs are the command lines of the servers.
type programs struct{ parley, floor []string }

// raise starts a setup in a folder of its own.
func raise(ctx context.Context, p programs, s setup) (r *rig, err error) {
	r = &rig{setup: s, samples: map[mode][]sample{}}
	defer func() {
		if err != nil {
			r.close()
			err = fmt.Errorf("%s: %w", s.label, err)
		}
	}()
	if r.dir, err = os.MkdirTemp("", "parley-bench-"); err != nil {
		return r, err
	}
	if r.platform, err = newPlatform(ctx); err != nil {
		return r, err
	}
	address, err := r.openStore(ctx)
	if err != nil {
		return r, err
	}
	return r, r.serve(ctx, p, address)
}

// openStore starts what the store needs, fills it, and returns its address.
func (r *rig) openStore(ctx context.Context) (address string, err error) {
	switch r.store {
	case "memory":
		return "memory:", nil
	case "file":
		data := filepath.Join(r.dir, "data")
		address = "file:" + data
		if r.fill == nil {
			return address, nil
		}
		s, err := filestore.Open(data, filestore.Options{})
		if err != nil {
			return "", err
		}
		if err = errors.Join(r.fill(ctx, s), s.Close()); err == nil {
			r.filled, err = size(data)
		}
		return address, err
	}
	if r.redis, err = startRedis(ctx, r.dir); err != nil {
		return "", err
	}
	address = "redis://" + r.redis.address
	if r.fill == nil {
		return address, nil
	}
	s, err := r.openRedis(ctx)
	if err != nil {
		return "", err
	}
	before, err := r.redis.memory(ctx)
	if err == nil {
		err = r.fill(ctx, s)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return "", err
	}
	after, err := r.redis.memory(ctx)
	r.filled = after - before
	return address, err
}

// size is the size of all files in a folder.
func size(dir string) (bytes int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		bytes += info.Size()
	}
	return bytes, nil
}

// openRedis opens the store of Parley in the Redis of the rig.
func (r *rig) openRedis(ctx context.Context) (*redisstore.Store, error) {
	redisstore.Quiet()
	return redisstore.Open(ctx, "redis://"+r.redis.address, redisstore.Options{Bot: botName})
}

// serve starts the server and waits until it takes messages.
func (r *rig) serve(ctx context.Context, p programs, store string) error {
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	command := append(append([]string{}, p.floor...), "--listen", address, "--state", store)
	if r.lean {
		command = append(command, "--lean")
	}
	if !r.floor {
		folder := filepath.Join(r.dir, "bot")
		if err := writeBot(folder, r.flows); err != nil {
			return err
		}
		command = append(append([]string{}, p.parley...), "serve", folder, "--listen", address, "--state", store)
	}
	began := time.Now()
	r.server, err = start(ctx, command, []string{"TELEGRAM_TOKEN=" + telegramToken, "TELEGRAM_SECRET=" + telegramSecret, "TELEGRAM_API=" + r.platform.api()})
	if err != nil {
		return err
	}
	err = r.server.ready(ctx, func(ctx context.Context) error { return ask(ctx, "http://"+address+"/readyz") })
	r.started = time.Since(began)
	r.crowd = newCrowd(newPoster(address), r.platform, r.chats)
	return err
}

// ask wants a page to answer 200.
func ask(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// close ends all processes of the rig and removes its folder.
func (r *rig) close() {
	if r.crowd != nil {
		r.crowd.poster.close()
	}
	if r.server != nil {
		r.server.stop()
	}
	if r.redis != nil {
		r.redis.stop()
	}
	if r.platform != nil {
		r.platform.close()
	}
	if r.dir != "" {
		_ = os.RemoveAll(r.dir) // a temporary folder that stays does no harm
	}
}
