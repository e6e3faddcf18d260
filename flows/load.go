package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/flows/envfile"
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
	// Env looks up environment variables; nil has none. One that it does not have is
	// looked for in .env, beside bot.yaml.
	Env        func(string) (string, bool)
	MissingEnv MissingEnv
	// Handlers are those that `do` may call.
	Handlers []HandlerInfo
	// Functions are written in Go, for expressions.
	Functions []expression.Function
	// Files take the place of what the folder has, by their names with slashes: so a
	// change is checked before it is written.
	Files map[string][]byte
}

// Load reads and compiles a bot folder. The bot is nil when the report has an
// error; warnings are in the report either way. A file has at most
// [spec.MaxFile] bytes and a flow at most [MaxSteps] steps.
func Load(dir string, o LoadOptions) (*Bot, *spec.Report) {
	r := spec.NewReport()
	d := newReader(r, dir, o)
	d.read(dir)
	if len(d.sources) == 0 {
		return nil, r
	}
	env := d.env()
	return compile(&loader{r: r, o: o, unnamed: !d.whole, dotenv: envfile.Read(r, env), environment: env}, d.sources)
}

// A source is a file of a bot folder.
type source struct {
	name string // with slashes, relative to the folder
	data []byte
}

// A reader finds the files of a bot folder.
type reader struct {
	r       *spec.Report
	root    fs.FS
	files   map[string][]byte // in place of those of root
	sources []source
	whole   bool // all files were read
}

func newReader(r *spec.Report, dir string, o LoadOptions) *reader {
	return &reader{r: r, root: os.DirFS(dir), files: o.Files, whole: true}
}

// read finds bot.yaml, which comes first, and flows/**/*.yaml; whole is false
// when some could not be read. There are no sources without a bot.yaml. Other
// files are left alone.
func (d *reader) read(dir string) {
	if d.bot(dir); len(d.sources) == 0 {
		return
	}
	err := fs.WalkDir(d.root, "flows", d.flow)
	switch {
	case err != nil:
		d.fail("flows", "Put each flow into a file flows/NAME.yaml.", "can't read the folder: %v", unwrapPath(err))
	case d.whole && len(d.sources) == 1:
		d.fail("flows", "Put each flow into a file flows/NAME.yaml.", "there is no flow in the folder")
	}
	d.later()
}

// env reads the file of variables; a folder need not have one.
func (d *reader) env() []byte {
	data, err := d.file(envfile.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.r.Error(spec.Pos{File: d.r.File(envfile.Name)}, "E230", "", "can't read the file: %v", unwrapPath(err))
	}
	return data
}

// file returns what a file has.
func (d *reader) file(name string) ([]byte, error) {
	if data, ok := d.files[name]; ok {
		return data, nil
	}
	return readFile(d.root, name)
}

// fail reports a problem of a whole file or folder.
func (d *reader) fail(name, fix, format string, args ...any) {
	d.whole = false
	d.r.Error(spec.Pos{File: d.r.File(name)}, "E230", fix, format, args...)
}

// bot reads bot.yaml; without it nothing else is looked at.
func (d *reader) bot(dir string) {
	if _, err := fs.Stat(d.root, "bot.yaml"); !errors.Is(err, fs.ErrNotExist) {
		d.add("bot.yaml")
		return
	}
	fix := "Create one with `parley init`, or name the folder that has it."
	if _, err := fs.Stat(d.root, "bot.yml"); err == nil {
		fix = "Rename bot.yml to bot.yaml."
	}
	d.fail("bot.yaml", fix, "there is no bot.yaml in %s", filepath.Clean(dir))
}

// flow takes a file below flows/. Hidden files and folders are those of editors
// and of mounted volumes.
func (d *reader) flow(name string, entry fs.DirEntry, err error) error {
	hidden := strings.HasPrefix(path.Base(name), ".")
	switch {
	case err != nil:
		return err
	case entry.IsDir() && hidden:
		return fs.SkipDir
	case entry.IsDir() || hidden:
		return nil
	}
	switch path.Ext(name) {
	case ".yml":
		d.fail(name, "Rename it to end in .yaml.", "the file would not be read")
	case ".yaml":
		d.add(name)
	}
	return nil
}

// add reads a file, no more of it than one may have.
func (d *reader) add(name string) {
	data, err := d.file(name)
	if err != nil {
		d.fail(name, "", "can't read the file: %v", unwrapPath(err))
		return
	}
	d.sources = append(d.sources, source{name, data})
}

func readFile(root fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(root, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a plain file") // to open a pipe would wait for a writer
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, spec.MaxFile+1))
}

// later reports the folders of the language that this version does not read: to
// leave them out in silence would lose what the author wrote.
func (d *reader) later() {
	for _, dir := range []string{"faq", "i18n", "tests"} {
		files, err := fs.Glob(d.root, dir+"/*.yaml")
		if err != nil || len(files) == 0 {
			continue
		}
		d.r.Error(spec.Pos{File: d.r.File(files[0])}, "E227", "Move the folder out of the bot.", "`%s/` is not in this version of Parley", dir)
	}
}

// unwrapPath drops the path from an error that names it already.
func unwrapPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// fingerprint is a text that is another for other bytes; empty for none.
func fingerprint(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
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
