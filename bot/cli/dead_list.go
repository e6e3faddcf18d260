package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/state/filestore"
)

// listLimit is how many letters a list has unless told otherwise.
const listLimit = 100

func (a *app) deadList() *cobra.Command {
	var t target
	var choice letterChoice
	var full, asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--bot DIR]",
		Short: "List dead letters, the newest last",
		Long: "List shows dead letters, the newest last. Conversations are shown as the hash that\n" +
			"the log has, since their addresses are personal data; --full shows them.",
		Example: "  parley dead list --bot shop\n  parley dead list --since 24h --channel telegram --json --bot shop",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := choice.read()
			if err != nil {
				return err
			}
			return a.operate(cmd.Context(), t, func(op *bot.Operator) error {
				limit := f.Limit
				f.Limit = 0 // to tell how many there are
				all, err := op.Letters(cmd.Context(), f)
				if err != nil {
					return err
				}
				shown := all
				if limit > 0 && len(all) > limit {
					shown = all[len(all)-limit:]
				}
				if asJSON {
					return a.json(jsonLetters(shown, full))
				}
				if len(all) == 0 {
					return a.none(cmd.Context(), op, choice)
				}
				return a.table(shown, len(all), full)
			})
		},
	}
	t.flags(cmd, a)
	choice.flags(cmd, listLimit)
	cmd.Flags().BoolVar(&full, "full", false, "show the addresses of conversations")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// timeForm is how times are shown, in the zone of this machine.
const timeForm = "2006-01-02 15:04:05"

// table prints letters, of all that there are.
func (a *app) table(letters []bot.DeadLetter, all int, full bool) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tWHEN\tCHANNEL\tCONVERSATION\tIN/OUT\tSIZE\tCAUSE")
	for _, l := range letters {
		conv := bot.ConversationHash(l.Conv)
		if full {
			conv = string(l.Conv)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.At.Local().Format(timeForm),
			plain(l.Conv.Channel()), plain(conv), l.Direction, filestore.Size(int64(l.Size)), plain(l.Cause))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(letters) < all {
		_, err := fmt.Fprintf(a.out, "These are the newest %d of %d; --limit 0 shows all.\n", len(letters), all)
		return err
	}
	return nil
}

// plain keeps what came from outside from moving the cursor or the columns.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// A jsonLetter is a dead letter as programs read it.
type jsonLetter struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Channel string    `json:"channel"`
	Hash    string    `json:"conversation_hash"`
	// Conversation is its address, only where that was asked for.
	Conversation string `json:"conversation,omitempty"`
	// Direction is in or out.
	Direction string `json:"direction"`
	Number    uint64 `json:"number"`
	Wake      bool   `json:"wake,omitempty"`
	Cause     string `json:"cause"`
	Size      int    `json:"size"`
	// Payload is JSON where it can be read as that, else Raw has its bytes.
	Payload json.RawMessage `json:"payload,omitempty"`
	Raw     []byte          `json:"raw,omitempty"`
}

func newJSONLetter(l bot.DeadLetter, full bool) jsonLetter {
	out := jsonLetter{
		ID: l.ID, At: l.At.UTC(), Channel: l.Conv.Channel(), Hash: bot.ConversationHash(l.Conv),
		Direction: string(l.Direction), Number: l.Number, Wake: l.Wake, Cause: l.Cause, Size: l.Size,
	}
	if full {
		out.Conversation = string(l.Conv)
	}
	return out
}

func jsonLetters(letters []bot.DeadLetter, full bool) []jsonLetter {
	out := make([]jsonLetter, len(letters))
	for i, l := range letters {
		out[i] = newJSONLetter(l, full)
	}
	return out
}

// json prints a value.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
