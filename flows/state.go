package flows

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A state is what a store keeps of a conversation between turns. Its first byte
// tells the format. States of format 1 are JSON, those of format 2 lack the end of
// format 3: both are read as ever, and the next turn writes them in format 3, whose
// layout is that of stateWriter. Equal conversations are equal bytes.

const (
	formatJSON   = '{'
	formatBefore = 2
	formatBinary = 3
	// formatFrames is that of snapshots.
	formatFrames = 2
	// jsonVersion is the "v" of the JSON of a conversation.
	jsonVersion = 1
)

var errDamaged = errors.New("it is damaged")

// newerError says that a later version of Parley wrote a state.
func newerError(format int) error {
	return fmt.Errorf("format %d is of a newer version of Parley", format)
}

// decodeConversation reads a state; nil is a new conversation. The conversation
// shares nothing with data, but its texts share one copy of it: who keeps one of
// them for longer than a turn clones it.
func decodeConversation(data []byte) (*conversation, error) {
	if len(data) == 0 {
		return &conversation{Version: jsonVersion}, nil
	}
	c, err := readState(data)
	if err != nil {
		return nil, fmt.Errorf("decode the state: %w", err)
	}
	return c, nil
}

func readState(data []byte) (*conversation, error) {
	switch first := data[0]; {
	case first == formatJSON:
		return readJSON(data)
	case first == formatBinary, first == formatBefore:
		r := stateReader{rest: string(data[1:])}
		c := r.conversation()
		if first == formatBinary {
			r.more(c)
		}
		return c, r.end()
	case first > formatBinary && first < ' ':
		return nil, newerError(int(first))
	}
	return nil, errDamaged
}

// readJSON reads a state of format 1.
func readJSON(data []byte) (*conversation, error) {
	c := &conversation{Version: jsonVersion}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, err
	}
	if c.Version > jsonVersion {
		return nil, newerError(c.Version)
	}
	c.Version = jsonVersion
	for _, list := range [...][]*run{c.Open, c.Waiting, c.Ready} {
		for _, r := range list {
			if r == nil || len(r.Frames) == 0 {
				return nil, errDamaged
			}
		}
	}
	// What could not be written again is refused now, not after the turn.
	if _, err := c.encode(len(data)); err != nil {
		return nil, errDamaged
	}
	return c, nil
}

// encode writes the state. room is about how many bytes it will take.
func (c *conversation) encode(room int) ([]byte, error) {
	w := stateWriter{b: make([]byte, 0, room)}
	w.b = append(w.b, formatBinary)
	w.conversation(c)
	w.more(c)
	return w.b, w.err
}

// StateJSON returns a state as JSON, for people: nil for a new conversation. It
// is for reading alone; its keys may change with any version.
func StateJSON(state []byte) ([]byte, error) {
	if len(state) == 0 {
		return nil, nil
	}
	c, err := decodeConversation(state)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write the state as JSON: %w", err)
	}
	return data, nil
}

// A snapshot is the frames of a run at some time, encoded as a state is: in
// formatFrames, or, of states that were JSON, as a JSON list.
type snapshot string

func takeSnapshot(frames []frame) (snapshot, error) {
	var buf [512]byte
	w := stateWriter{b: append(buf[:0], formatFrames)}
	w.frames(frames)
	return snapshot(w.b), w.err
}

// frames reads a snapshot. There is at least one.
func (s snapshot) frames() (list []frame, err error) {
	if s != "" && s[0] == formatFrames {
		r := stateReader{rest: string(s[1:])}
		list = r.frames()
		return list, r.end()
	}
	if err = json.Unmarshal([]byte(s), &list); err == nil && len(list) == 0 {
		err = errDamaged
	}
	return list, err
}

// MarshalJSON writes the frames as JSON.
func (s snapshot) MarshalJSON() ([]byte, error) {
	if s == "" || s[0] != formatFrames {
		return []byte(s), nil
	}
	list, err := s.frames()
	if err != nil {
		return nil, err
	}
	return json.Marshal(list)
}

// UnmarshalJSON keeps the JSON as it is, until somebody goes back.
func (s *snapshot) UnmarshalJSON(data []byte) error {
	*s = snapshot(data)
	return nil
}
