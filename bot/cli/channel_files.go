package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/parley-chat/parley/flows/envfile"
)

func botPath(dir string) string { return filepath.Join(dir, "bot.yaml") }

func envPath(dir string) string { return filepath.Join(dir, envfile.Name) }

// hasBot says what to do where there is no bot.
func hasBot(dir string) error {
	if _, err := os.Stat(botPath(dir)); errors.Is(err, fs.ErrNotExist) {
		return &usageError{fmt.Errorf("there is no bot.yaml in %s: name the bot folder with --bot, or make one with `parley init DIR`", dir)}
	}
	return nil
}

// readIfThere reads a file; one that is not there is empty.
func readIfThere(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

var variableForm = regexp.MustCompile(`^\$\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*(?:\?\?[^}]*)?\}$`)

// variableIn is the variable of the environment that is all of a value; else empty.
func variableIn(text string) string {
	if m := variableForm.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// A rewrite is a file that is to be changed, as a whole or not at all.
type rewrite struct {
	path     string
	old, now []byte
	// private is for secrets: nobody else may read the file.
	private bool
}

// changes reports whether there is anything to be written.
func (r rewrite) changes() bool { return !bytes.Equal(r.old, r.now) }

// write puts the new file in the place of the old, in one step: whoever reads it, or
// starts after a crash, has one or the other. A file that somebody has changed since
// it was read is left alone.
func (r rewrite) write() error {
	path, err := filepath.EvalSymlinks(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		path = r.path
	} else if err != nil {
		return err
	}
	if now, err := readIfThere(path); err != nil {
		return err
	} else if !bytes.Equal(now, r.old) {
		return fmt.Errorf("%s was changed meanwhile; nothing was written into it: call again", r.path)
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if r.private {
		mode = 0o600
	}
	// A name of its own kind: what a crash leaves is taken by the next one, is no source
	// of the bot, and has no place in git.
	temp := filepath.Join(filepath.Dir(path), "."+strings.TrimPrefix(filepath.Base(path), ".")+".tmp")
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(r.now)
	if err = errors.Join(err, adopt(f, path), f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", r.path, err), os.Remove(temp))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename last through a power cut; a system that can't sync a folder
// does not need to.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// ignored is .gitignore with lines for the secrets and what a crash may leave of them.
func ignored(src []byte) []byte {
	known := map[string]bool{}
	for line := range strings.Lines(string(src)) {
		known[strings.Trim(strings.TrimSpace(line), "/")] = true
	}
	eol := "\n"
	if bytes.Contains(src, []byte("\r\n")) {
		eol = "\r\n"
	}
	text := string(src)
	for _, name := range []string{envfile.Name, envfile.Name + ".tmp"} {
		if known[name] || known[envfile.Name+"*"] {
			continue
		}
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += eol
		}
		text += "/" + name + eol
	}
	return []byte(text)
}
