package bot

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
	"github.com/parley-chat/parley/state/memstore"
)

// openStore opens the store of the options, else that of bot.yaml:
//
//	file:DIR   embedded, relative to the bot folder, durable before each answer
//	memory:    gone with the process
func (b *Bot) openStore(ctx context.Context, address string) (state.Store, error) {
	if b.o.Store != nil {
		b.log.InfoContext(ctx, "store is open", "store", "own")
		return b.o.Store, nil
	}
	if b.o.State != "" {
		address = b.o.State
	}
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "memory":
		b.log.InfoContext(ctx, "store is open", "store", "memory", "profile", "memory")
		return memstore.New(memstore.Options{Now: b.o.Now}), nil
	case "file":
		if rest == "" {
			return nil, errors.New("state: file: names no folder; write file:data")
		}
		s, err := filestore.Open(b.dataDir(rest), filestore.Options{Now: b.o.Now})
		if err != nil {
			return nil, fmt.Errorf("open the store %s: %w", address, err)
		}
		b.log.InfoContext(ctx, "store is open", "store", "file", "profile", "strict")
		return s, nil
	case "redis", "rediss", "redis+cluster", "redis+sentinel":
		return nil, fmt.Errorf("state: this version of Parley has no %s: store; use file:DIR or memory:", scheme)
	}
	return nil, errors.New("state: not an address of a store; use file:DIR or memory:")
}

// dataDir is the folder of a file store; a relative one lies in the bot folder.
func (b *Bot) dataDir(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(b.o.Dir, dir)
}
