package bot

import (
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
//
// about is what the log says of it.
func (b *Bot) openStore(address string) (store state.Store, about []any, err error) {
	if b.o.Store != nil {
		return b.o.Store, []any{"store", "own"}, nil
	}
	if b.o.State != "" {
		address = b.o.State
	}
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "memory":
		return memstore.New(memstore.Options{Now: b.o.Now}), []any{"store", "memory", "profile", "memory"}, nil
	case "file":
		if rest == "" {
			return nil, nil, errors.New("state: file: names no folder; write file:data")
		}
		s, err := filestore.Open(b.dataDir(rest), filestore.Options{Now: b.o.Now})
		if err != nil {
			return nil, nil, fmt.Errorf("open the store %s: %w", address, err)
		}
		return s, []any{"store", "file", "profile", "strict"}, nil
	case "redis", "rediss", "redis+cluster", "redis+sentinel":
		return nil, nil, fmt.Errorf("state: this version of Parley has no %s: store; use file:DIR or memory:", scheme)
	}
	return nil, nil, errors.New("state: not an address of a store; use file:DIR or memory:")
}

// dataDir is the folder of a file store; a relative one lies in the bot folder.
func (b *Bot) dataDir(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(b.o.Dir, dir)
}
