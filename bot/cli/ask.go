package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNobody: a question has no answer, since the input has ended or nobody is to be
// asked.
var errNobody = errors.New("nobody answers")

// An asker asks people, a line for each answer. What is secret is not shown while it
// is typed, where the input is a terminal.
type asker struct {
	in  *bufio.Reader
	tty *os.File // the terminal that is read; nil for a pipe
	out io.Writer
	// never is true when nobody is to be asked: every question is errNobody.
	never bool
}

func (a *app) asker(never bool) *asker {
	q := &asker{in: bufio.NewReader(a.in), out: a.err, never: never}
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		q.tty = f
	}
	return q
}

// line asks for a line. An empty answer is the usual one.
func (q *asker) line(ctx context.Context, question, usual string) (string, error) {
	if usual != "" {
		question += " [" + plain(usual) + "]"
	}
	text, err := q.answer(ctx, question+": ", false)
	if text == "" && err == nil {
		text = usual
	}
	return text, err
}

// secret asks for a line that is not shown.
func (q *asker) secret(ctx context.Context, question string) (string, error) {
	return q.answer(ctx, question+": ", true)
}

// yes asks a question with two answers.
func (q *asker) yes(ctx context.Context, question string, usual bool) (bool, error) {
	choice := " [y/N] "
	if usual {
		choice = " [Y/n] "
	}
	for {
		text, err := q.answer(ctx, question+choice, false)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "":
			return usual, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// answer asks and waits, until the context ends.
func (q *asker) answer(ctx context.Context, question string, hidden bool) (string, error) {
	if q.never {
		return "", errNobody
	}
	fmt.Fprint(q.out, question)
	type read struct {
		text string
		err  error
	}
	got := make(chan read, 1) // taken also by a read that nobody waits for any more
	hidden = hidden && q.tty != nil
	var before *term.State
	if hidden {
		before, _ = term.GetState(int(q.tty.Fd()))
	}
	go func() {
		if hidden {
			text, err := term.ReadPassword(int(q.tty.Fd()))
			got <- read{string(text), err}
			return
		}
		text, err := q.in.ReadString('\n')
		got <- read{text, err}
	}()
	if hidden || q.tty == nil {
		defer fmt.Fprintln(q.out) // what ended the line was not shown
	}
	select {
	case r := <-got:
		text := strings.TrimSpace(r.text)
		if errors.Is(r.err, io.EOF) && text == "" {
			return "", errNobody
		}
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", fmt.Errorf("read the answer: %w", r.err)
		}
		return text, nil
	case <-ctx.Done():
		if before != nil {
			_ = term.Restore(int(q.tty.Fd()), before) // the read that goes on would leave it without echo
		}
		return "", ctx.Err()
	}
}
