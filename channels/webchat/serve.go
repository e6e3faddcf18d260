package webchat

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/channels"
)

// How much one visitor may do: a burst, and then one every second.
const (
	messageBurst = 10
	streamBurst  = 20
	maxBuckets   = 20_000
)

// server is the channel with a host to talk to.
type server struct {
	*Channel
	host     channels.Host
	wrote    *limiter
	opened   *limiter
	uploaded *limiter
	carried  *carried
}

// Serve returns the pages and the protocol. It expects the prefix under which it
// is mounted to be stripped from the path, and needs no other knowledge of where
// it is: all addresses that it gives out are relative.
func (c *Channel) Serve(h channels.Host) http.Handler {
	s := &server{
		Channel:  c,
		host:     h,
		wrote:    newLimiter(messageBurst, time.Second, maxBuckets),
		opened:   newLimiter(streamBurst, time.Second, maxBuckets),
		uploaded: newLimiter(uploadBurst, uploadEvery, maxBuckets),
		carried:  newCarried(maxUploads, maxOwn),
	}
	mux := http.NewServeMux()
	c.route(mux)
	mux.HandleFunc("POST /visitors", s.postVisitor)
	mux.HandleFunc("POST /identity", s.postIdentity)
	mux.HandleFunc("POST /messages", s.postMessage)
	mux.HandleFunc("PUT /files/{id}", s.putFile)
	mux.HandleFunc("GET /events", s.getEvents)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			c.addSlash(w, r)
			return
		}
		c.guard(w, r, mux)
	})
}

// addSlash answers the mount address without its last slash, from where relative
// addresses would lead astray.
func (c *Channel) addSlash(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	last := path[strings.LastIndex(path, "/")+1:]
	if last == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Location", "./"+last+"/")
	w.WriteHeader(http.StatusPermanentRedirect)
}

// guard sets the headers that every answer has and refuses what pages of other
// sites ask for.
func (c *Channel) guard(w http.ResponseWriter, r *http.Request, next http.Handler) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Origin")
	switch origin := r.Header.Get("Origin"); {
	case origin == "":
	case slices.Contains(c.sites, origin):
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Retry-After")
	case !sameSite(r, origin):
		refuse(w, http.StatusForbidden, "origin", "This site may not use the chat.")
		return
	}
	if r.Method == http.MethodOptions {
		c.preflight(w)
		return
	}
	next.ServeHTTP(w, r)
}

// sameSite reports whether the chat's own pages ask. Browsers say so themselves,
// save for old ones and plain HTTP, where the host has to do.
func sameSite(r *http.Request, origin string) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// preflight answers what browsers ask before a page of a listed site may call.
func (c *Channel) preflight(w http.ResponseWriter) {
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Disposition, Content-Type, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) postVisitor(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusCreated, map[string]string{"visitor": s.newVisitor()})
}

// authorized returns who asks, or has answered the request.
func (s *server) authorized(w http.ResponseWriter, r *http.Request) (visitor, bool) {
	v, err := s.recognize(r)
	if err == nil {
		return v, true
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	if t, ok := errors.AsType[*tokenError](err); ok {
		refuse(w, http.StatusUnauthorized, t.code, t.message)
	} else {
		refuse(w, http.StatusUnauthorized, "visitor", "Ask POST /visitors for a visitor and send it as Authorization: Bearer.")
	}
	return visitor{}, false
}

// visitor returns who asks, within the limit, or has answered the request.
func (s *server) visitor(w http.ResponseWriter, r *http.Request, l *limiter) (visitor, bool) {
	v, ok := s.authorized(w, r)
	if !ok {
		return visitor{}, false
	}
	if wait, ok := l.take(v.conversation, s.now()); !ok {
		retryAfter(w, wait)
		refuse(w, http.StatusTooManyRequests, "too_many", "Too many requests. Please wait a moment.")
		return visitor{}, false
	}
	return v, true
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
}

// refuse answers with {"error": {"code", "message"}}.
func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the browser has gone
}
