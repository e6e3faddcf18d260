package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/bot"
	"github.com/parley-chat/parley/channels"
	"github.com/parley-chat/parley/state"
	"github.com/parley-chat/parley/state/filestore"
)

func (a *app) show() *cobra.Command {
	var t target
	var history, asJSON bool
	cmd := &cobra.Command{
		Use:   "show CHANNEL/ACCOUNT/CONVERSATION [--bot DIR]",
		Short: "Show what is kept of a conversation",
		Long: "Show tells what became of the messages of a conversation: what waits in it, its dead\n" +
			"letters, when something was said last, and the hash that stands for it in the log.\n" +
			"--history shows what was said, too, which is personal data. Nothing is changed.",
		Example: "  parley show telegram/7000000017/15550100017 --bot shop\n  parley show telegram/7000000017/15550100017 --history --bot shop",
		Args:    oneConversation,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.operate(cmd.Context(), t, func(op *bot.Operator) error {
				return a.showConversation(cmd.Context(), op, t, conversationIn(args[0]), history, asJSON)
			})
		},
	}
	t.flags(cmd, a)
	cmd.Flags().BoolVar(&history, "history", false, "show what was said, the last messages")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// oneConversation wants the name of one conversation.
func oneConversation(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return &usageError{fmt.Errorf("name one conversation; see `%s --help`", cmd.CommandPath())}
	}
	if parts := strings.SplitN(args[0], "/", 3); len(parts) < 3 || parts[0] == "" || parts[2] == "" {
		return &usageError{fmt.Errorf("%q is no conversation: write CHANNEL/ACCOUNT/CONVERSATION", args[0])}
	}
	return nil
}

// conversationIn reads what oneConversation has let pass.
func conversationIn(name string) state.Conv {
	parts := strings.SplitN(name, "/", 3)
	return state.NewConv(parts[0], parts[1], parts[2])
}

// A jsonConversation is a conversation as programs read it.
type jsonConversation struct {
	Conversation string        `json:"conversation"`
	Hash         string        `json:"conversation_hash"`
	Known        bool          `json:"known"`
	State        int           `json:"state"`
	Waits        *state.Waits  `json:"waits,omitempty"`
	Letters      []jsonLetter  `json:"dead_letters"`
	Messages     int           `json:"messages"`
	History      []jsonHistory `json:"history,omitempty"`
}

// A jsonHistory is an entry of a history as programs read it.
type jsonHistory struct {
	At time.Time `json:"at"`
	// Direction is in or out.
	Direction string          `json:"direction"`
	Status    string          `json:"status,omitempty"`
	MessageID string          `json:"message_id,omitempty"`
	Payload   json.RawMessage `json:"payload,omitempty"`
}

func (a *app) showConversation(ctx context.Context, op *bot.Operator, t target, conv state.Conv, history, asJSON bool) error {
	r, err := op.Conversation(ctx, conv)
	if err != nil {
		return err
	}
	if asJSON {
		if err := a.json(newJSONConversation(r, history)); err != nil {
			return err
		}
	} else if r.Known() {
		a.sayConversation(r, t, history)
	} else {
		fmt.Fprintf(a.out, "Nothing is known of this conversation. In the log: conversation_hash=%s\n"+
			"Check its address: `%s`, or the log of `parley serve --verbose`.\n", bot.ConversationHash(conv), t.command("dead list --full"))
	}
	if !r.Known() {
		return errFindings
	}
	return nil
}

func newJSONConversation(r bot.ConversationReport, history bool) jsonConversation {
	out := jsonConversation{
		Conversation: string(r.Conv), Hash: bot.ConversationHash(r.Conv), Known: r.Known(), State: r.State, Waits: r.Waits,
		Letters: jsonLetters(r.Letters, true), Messages: len(r.History),
	}
	for _, h := range r.History {
		if !history {
			break
		}
		e := jsonHistory{At: h.At.UTC(), Direction: string(h.Direction), Status: h.Status, MessageID: h.MessageID}
		if json.Valid(h.Payload) {
			e.Payload = h.Payload
		}
		out.History = append(out.History, e)
	}
	return out
}

func (a *app) sayConversation(r bot.ConversationReport, t target, history bool) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(a.out, "%-13s %s\n", name, plain(fmt.Sprintf(format, args...)))
	}
	line("in the log", "conversation_hash=%s", bot.ConversationHash(r.Conv))
	if r.State > 0 {
		line("state", "%s", filestore.Size(int64(r.State)))
	} else {
		line("state", "none: no message was handled yet")
	}
	switch w := r.Waits; {
	case w == nil:
		line("waits", "this store can't tell")
	case w.Events+w.Rows == 0:
		line("waits", "nothing")
	default:
		line("waits", "%s, since %s", waitingText(w.Events, w.Rows), w.Since.Local().Format(timeForm))
	}
	line("dead letters", "%d", len(r.Letters))
	for _, l := range r.Letters {
		line("", "%s  %s  %s  %s", l.ID, l.At.Local().Format(timeForm), l.Direction, l.Cause)
	}
	for _, d := range []state.Direction{state.In, state.Out} {
		name := map[state.Direction]string{state.In: "last in", state.Out: "last out"}[d]
		line(name, "%s", lastOf(r.History, d))
	}
	if !history {
		if len(r.History) > 0 {
			line("history", "%s; --history shows what was said", count(len(r.History), "message"))
		}
		return
	}
	for _, h := range r.History {
		fmt.Fprintf(a.out, "  %s  %-3s  %-9s  %s\n", h.At.Local().Format(timeForm), h.Direction, plain(h.Status), plain(said(h)))
	}
}

// waitingText says how much waits.
func waitingText(events, rows int) string {
	var parts []string
	if events > 0 {
		parts = append(parts, count(events, "message")+" to be handled")
	}
	if rows > 0 {
		parts = append(parts, count(rows, "message")+" to be sent")
	}
	return strings.Join(parts, ", ")
}

// lastOf tells of the last message of a direction, without its words.
func lastOf(history []state.HistoryEntry, d state.Direction) string {
	for i := len(history) - 1; i >= 0; i-- {
		if h := history[i]; h.Direction == d {
			text := h.At.Local().Format(timeForm)
			if h.Status != "" {
				text += ", " + h.Status
			}
			return text
		}
	}
	return "none that is kept"
}

// said is the text of an entry, or what it is.
func said(h state.HistoryEntry) string {
	if h.Direction == state.Out {
		var m channels.Message
		if json.Unmarshal(h.Payload, &m) == nil && m.Text != "" {
			return m.Text
		}
		return "(a message without a text)"
	}
	var e channels.Event
	switch {
	case json.Unmarshal(h.Payload, &e) != nil:
		return "(can't be read)"
	case e.Text != "":
		return e.Text
	}
	return "(" + strings.TrimSpace(string(e.Kind)+" "+e.Name) + ")"
}
