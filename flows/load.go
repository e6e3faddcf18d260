package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/expression"
	"github.com/parley-chat/parley/flows/spec"
)

// MissingEnv says what a missing environment variable is.
type MissingEnv int

// A missing environment variable is an error to serve, a warning to check, and
// nothing to chat.
const (
	MissingEnvError MissingEnv = iota
	MissingEnvWarning
	MissingEnvIgnore
)

// LoadOptions say what a bot folder may refer to.
type LoadOptions struct {
	// Factories are the types of channels there are.
	Factories []channels.Factory
	// Env looks up environment variables; nil has none.
	Env        func(string) (string, bool)
	MissingEnv MissingEnv
	// Handlers are those that `do` may call.
	Handlers []HandlerInfo
	// Functions are written in Go, for expressions.
	Functions []expression.Function
}

// Load reads and compiles a bot folder. The bot is nil when the report has an
// error; warnings are in the report either way.
func Load(dir string, o LoadOptions) (*Bot, *spec.Report) {
	r := spec.NewReport()
	sources, ok := read(r, dir)
	if !ok {
		return nil, r
	}
	return compile(r, sources, o)
}

// A source is a file of a bot folder.
type source struct {
	name string // with slashes, relative to the folder
	data []byte
}

// read finds bot.yaml and flows/**/*.yaml. What is neither, and not a file that
// tools of Parley put there, is left alone.
func read(r *spec.Report, dir string) ([]source, bool) {
	root := os.DirFS(dir)
	var sources []source
	add := func(name string) bool {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			r.Error(spec.Pos{File: r.File(name)}, "E230", "", "can't read the file: %v", unwrapPath(err))
			return false
		}
		sources = append(sources, source{name, data})
		return true
	}
	if _, err := fs.Stat(root, "bot.yaml"); err != nil {
		fix := "Create one with `parley init`, or name the folder that has it."
		if _, err := fs.Stat(root, "bot.yml"); err == nil {
			fix = "Rename bot.yml to bot.yaml."
		}
		r.Error(spec.Pos{File: r.File("bot.yaml")}, "E230", fix, "%s has no bot.yaml", filepath.Clean(dir))
		return nil, false
	}
	ok := add("bot.yaml")
	err := fs.WalkDir(root, "flows", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), "."):
			return err
		case path.Ext(name) == ".yml":
			r.Error(spec.Pos{File: r.File(name)}, "E230", "Rename it to end in .yaml.", "the file would not be read")
			return nil
		case path.Ext(name) != ".yaml":
			return nil
		}
		ok = add(name) && ok
		return nil
	})
	if err != nil {
		r.Error(spec.Pos{File: r.File("flows")}, "E230", "Put each flow into a file flows/NAME.yaml.",
			"can't read the folder: %v", unwrapPath(err))
		return nil, false
	}
	return sources, ok
}

// unwrapPath drops the path from an error that names it already.
func unwrapPath(err error) error {
	if e, ok := err.(*fs.PathError); ok {
		return e.Err
	}
	return err
}

// version is the fingerprint of all sources.
func version(sources []source) string {
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%s\x00%d\x00", s.name, len(s.data))
		h.Write(s.data)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// compile makes a bot of its sources: bot.yaml first, then the head of every
// flow, since flows refer to each other, then their steps.
func compile(r *spec.Report, sources []source, o LoadOptions) (*Bot, *spec.Report) {
	b := &Bot{Version: version(sources), Warnings: r, limits: defaultLimits(), flows: map[string]*Flow{}, handlers: map[string]HandlerInfo{}}
	for _, h := range o.Handlers {
		b.handlers[h.Name] = h
	}
	cfg := &configLoader{b: b, r: r, o: o}
	var compilers []*compiler
	for _, s := range sources {
		n := spec.Parse(r, s.name, s.data)
		if s.name == "bot.yaml" {
			cfg.load(n)
			continue
		}
		if n == nil {
			continue
		}
		if c := newCompiler(b, r, o, s.name, n); c != nil {
			compilers = append(compilers, c)
		}
	}
	cfg.defaults()
	for _, c := range compilers {
		c.head()
	}
	for _, c := range compilers {
		c.draftSteps()
	}
	cfg.link()
	for _, c := range compilers {
		c.finish()
	}
	for id := range b.flows {
		b.ids = append(b.ids, id)
	}
	slices.Sort(b.ids)
	b.triggers = indexTriggers(b, r)
	if r.Failed() {
		return nil, r
	}
	return b, r
}
