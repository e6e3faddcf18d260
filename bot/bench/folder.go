package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed testdata/orderstatus
var bots embed.FS

// writeBot writes the folder of the bot, with more flows beside the real one. Each
// starts at words of its own, and each fifth at a pattern too, so that a message
// that none of them takes has to be held against all.
func writeBot(dir string, more int) error {
	bot, err := fs.Sub(bots, "testdata/orderstatus")
	if err != nil {
		return err
	}
	if err := os.CopyFS(dir, bot); err != nil {
		return fmt.Errorf("write the bot: %w", err)
	}
	for i := range more {
		pattern := ""
		if i%5 == 0 {
			pattern = fmt.Sprintf("\n  match: \"(?i)^open( .+)? case %d$\"", i)
		}
		text := fmt.Sprintf("flow: topic_%d\nstart:\n  words: [\"topic %d\", \"question %d\"]%s\nsteps:\n  - say: This is about topic %d.\n", i, i, i, pattern, i)
		if err := os.WriteFile(filepath.Join(dir, "flows", fmt.Sprintf("topic_%05d.yaml", i)), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write the flows: %w", err)
		}
	}
	return nil
}
