// Package shop is the API of a small shop, for the support example to call:
//
//	GET  /v1/orders/{number}   an order, or 404
//	POST /v1/refunds           asks for a refund, once per Idempotency-Key
//
// Both want the header "Authorization: Bearer TOKEN".
package shop

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A Shop answers requests. It is safe for concurrent use.
type Shop struct {
	token string
	now   func() time.Time

	mu      sync.Mutex
	refunds map[string]string // idempotency key -> reference
}

// New makes a shop whose API wants the token. Days are counted from now.
func New(token string, now func() time.Time) *Shop {
	return &Shop{token: token, now: now, refunds: map[string]string{}}
}

// Handler returns the API.
func (s *Shop) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/orders/{number}", s.order)
	mux.HandleFunc("POST /v1/refunds", s.refund)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.token)) != 1 {
			answer(w, http.StatusUnauthorized, map[string]any{"error": "wrong token"})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Refunds counts the refunds that were asked for.
func (s *Shop) Refunds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.refunds)
}

type line struct {
	SKU   string  `json:"sku"`
	Title string  `json:"title"`
	Price float64 `json:"price"`
}

// order knows three orders: one on its way, one delivered, one late.
func (s *Shop) order(w http.ResponseWriter, r *http.Request) {
	day := func(n int) string { return s.now().AddDate(0, 0, n).Format(time.DateOnly) }
	lines := []line{{"L1", "Lamp", 30}, {"S4", "Shelf", 89.5}}
	orders := map[string]map[string]any{
		"A-1234": {"status": "shipped", "eta": day(2), "carrier": "DHL", "lines": lines},
		"A-1111": {"status": "delivered", "eta": day(-3), "carrier": "DHL", "lines": lines},
		"A-9999": {"status": "shipped", "eta": day(-5), "carrier": "DHL", "lines": lines[:1]},
	}
	order, ok := orders[r.PathValue("number")]
	if !ok {
		answer(w, http.StatusNotFound, map[string]any{"error": "no such order"})
		return
	}
	answer(w, http.StatusOK, order)
}

// refund gives a reference: the same one for the same Idempotency-Key.
func (s *Shop) refund(w http.ResponseWriter, r *http.Request) {
	var body struct{ Order, SKU, Reason string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&body); err != nil || body.Order == "" || body.SKU == "" {
		answer(w, http.StatusBadRequest, map[string]any{"error": "order and sku are needed"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	reference, ok := s.refunds[key]
	if !ok {
		reference = fmt.Sprintf("R-%04d", len(s.refunds)+1)
		s.refunds[key] = reference
	}
	answer(w, http.StatusCreated, map[string]any{"reference": reference})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(v)
}
