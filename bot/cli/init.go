package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

//go:embed all:templates
var templates embed.FS

func (a *app) initBot() *cobra.Command {
	channel := "webchat"
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a bot to begin with",
		Long: "Init writes a small bot that runs: bot.yaml and two flows, with a chat page in the\n" +
			"browser. With --channel telegram or greenapi it answers there as well, and\n.env.example lists the variables that this needs: copy it to .env, which the bot reads. It never\noverwrites a file.",
		Example: "  parley init shop\n  parley init shop --channel telegram",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("name one new folder; see `%s --help`", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.writeBot(args[0], channel) },
	}
	cmd.Flags().StringVar(&channel, "channel", channel, "webchat alone, or telegram or greenapi beside it")
	return cmd
}

// writeBot writes the template, with the channel beside the web chat.
func (a *app) writeBot(dir, channel string) error {
	block, err := fs.ReadFile(templates, "templates/channel_"+channel+".yaml")
	if err != nil {
		return &usageError{fmt.Errorf("there is no channel %q to begin with; use webchat, telegram or greenapi", channel)}
	}
	public := ""
	if channel != "webchat" {
		public = "public_url: ${ env.PUBLIC_URL ?? \"\" }   # where the platform reaches the bot\n"
	}
	fill := strings.NewReplacer("BOT_NAME", botName(dir), "# CHANNEL\n", string(block), "# PUBLIC_URL\n", public)
	err = fs.WalkDir(templates, "templates/bot", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(templates, path)
		if err != nil {
			return err
		}
		text := fill.Replace(string(data))
		rel := strings.TrimPrefix(path, "templates/bot/")
		if rel == "gitignore" {
			rel = ".gitignore"
			if _, err := os.Lstat(filepath.Join(dir, rel)); err == nil {
				return nil // that of a repository: it is the people's own
			}
		}
		if rel == "env.example" {
			if channel == "webchat" {
				return nil
			}
			env, err := fs.ReadFile(templates, "templates/env_"+channel)
			if err != nil {
				return err
			}
			rel, text = ".env.example", string(env)
		}
		return a.writeNew(filepath.Join(dir, filepath.FromSlash(rel)), text)
	})
	if err != nil {
		return err
	}
	return a.sayNext(dir, channel)
}

// sayNext says what to do with the new bot.
func (a *app) sayNext(dir, channel string) error {
	quoted := quote(dir)
	next := fmt.Sprintf("\nNow talk to it, and then run it:\n  parley chat %s\n", quoted)
	if channel != "webchat" {
		env := quote(filepath.Join(dir, ".env"))
		next += fmt.Sprintf("  cp %s %s && chmod 600 %s      # then fill it in\n", quote(filepath.Join(dir, ".env.example")), env, env)
	}
	_, err := fmt.Fprintf(a.out, "%s  parley serve %s\n\nAnd connect it:\n  parley channel add --bot %s\n", next, quoted, quoted)
	return err
}

// quote writes a word as a shell reads it.
func quote(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return r != filepath.Separator && !strings.ContainsRune("/._-+:@%,=", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// botName makes an id of the name of the folder.
func botName(dir string) string {
	base := filepath.Base(dir)
	if abs, err := filepath.Abs(dir); err == nil {
		base = filepath.Base(abs)
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, base)
	if name == "" || name[0] < 'a' {
		name = "bot_" + name
	}
	return name
}

// writeNew writes a file that is not there yet.
func (a *app) writeNew(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; nothing is overwritten", path)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, "wrote", path)
	return err
}
