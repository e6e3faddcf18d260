package flows

// remember keeps the run as it is before an answer, for back.
func (t *turn) remember(r *run) {
	r.encode()
	taken, err := takeSnapshot(r.Frames)
	if err != nil {
		t.trouble("type", "back: %v", err)
		return
	}
	r.Answers = append(r.Answers, taken)
	size := 0
	for i := len(r.Answers) - 1; i >= 0; i-- {
		size += len(r.Answers[i])
		if len(r.Answers)-i > maxAnswers || size > t.b.limits.Variables {
			r.Answers = r.Answers[i+1:]
			return
		}
	}
}

// changedWorld makes answers before this step final: nothing goes back behind a
// step that changed the world.
func (r *run) changedWorld() { r.Answers = nil }

// back restores the run as it was before the last answer and returns the
// question that was answered; nil when there is none.
func (t *turn) back(r *run) *step {
	for len(r.Answers) > 0 {
		last := r.Answers[len(r.Answers)-1]
		r.Answers = r.Answers[:len(r.Answers)-1]
		frames, err := last.frames()
		if err != nil {
			t.trouble("type", "back: %v", err)
			continue
		}
		old := r.Frames
		r.Frames = frames
		if t.locate(r) == "" {
			return r.top().at
		}
		r.Frames = old
	}
	return nil
}
