package media

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secretFile holds what links are made with, beside the media themselves: who reads
// it reads those anyway.
const secretFile = "link.key"

// FolderSecret returns the secret for [NewLinks] that lies in the folder of a store,
// and makes it the first time. Processes that do so at once get the same one.
func FolderSecret(dir string) ([]byte, error) {
	path := filepath.Join(dir, secretFile)
	secret, err := readSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := makeFolders(dir); err != nil {
		return nil, fmt.Errorf("keep the key of links: %w", err)
	}
	f, err := os.CreateTemp(dir, ".key-")
	if err != nil {
		return nil, fmt.Errorf("keep the key of links: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + "\n")
	if err := errors.Join(err, adopt(f.Name()), f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("keep the key of links: %w", err)
	}
	// A link, unlike a rename, leaves the one that another process made meanwhile.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(f.Name(), path); err != nil { // there are no links here
			return nil, fmt.Errorf("keep the key of links: %w", err)
		}
	}
	return readSecret(path)
}

func readSecret(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key of links: %w", err)
	}
	secret := strings.TrimSpace(string(raw))
	if len(secret) < len("AAAAAAAAAAAAAAAA") {
		return nil, fmt.Errorf("read the key of links: %s holds none; take it away, and a new one is made", path)
	}
	return []byte(secret), nil
}
