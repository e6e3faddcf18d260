package webchat

import (
	"net/http"
	"slices"
	"sync"
)

// streamCaps bound the open event streams.
type streamCaps struct {
	total   int // of all visitors
	visitor int // of each
}

// streams knows the open event streams.
type streams struct {
	caps streamCaps
	mu   sync.Mutex
	n    int
	open map[string][]*stream // by conversation, the oldest first
	ends map[*http.Server]chan struct{}
}

func newStreams(caps streamCaps) *streams {
	return &streams{caps: caps, open: map[string][]*stream{}, ends: map[*http.Server]chan struct{}{}}
}

// add counts a stream in, or refuses when there is no room for anybody. A
// visitor's oldest stream gives way to a new one: phones that lost their network
// leave streams behind that look open for minutes.
func (s *streams) add(st *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.open[st.conversation]
	if len(own) >= s.caps.visitor {
		close(own[0].replaced)
		own = slices.Delete(own, 0, 1)
		s.n--
	}
	if s.n >= s.caps.total {
		return false
	}
	s.open[st.conversation] = append(own, st)
	s.n++
	return true
}

// remove counts a stream out that add took in.
func (s *streams) remove(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.open[st.conversation]
	i := slices.Index(own, st)
	if i < 0 {
		return // it gave way
	}
	s.n--
	if own = slices.Delete(own, i, i+1); len(own) == 0 {
		delete(s.open, st.conversation)
		return
	}
	s.open[st.conversation] = own
}

// ended returns a channel that is closed when the server of a request begins to
// shut down. Shutdown waits for requests to end, so streams must.
func (s *streams) ended(r *http.Request) <-chan struct{} {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.ends[server]
	if !ok {
		end = make(chan struct{})
		s.ends[server] = end
		server.RegisterOnShutdown(func() { close(end) })
	}
	return end
}

// typing tells the open streams of a conversation. One that has not yet written
// the last such news gets no second.
func (s *streams) typing(conversation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.open[conversation] {
		select {
		case st.typing <- struct{}{}:
		default:
		}
	}
}
