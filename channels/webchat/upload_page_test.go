package webchat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// localFile is a file on the visitor's disk.
func localFile(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *tab) choose(paths ...string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.JSPath(`document.getElementById('files')`), paths, chromedp.NodeReady))
}

func (b *tab) visit(s string) {
	b.t.Helper()
	b.do(chromedp.Navigate(s + "/channels/web/"))
	b.until(`document.getElementById('log').getAttribute('aria-busy') === 'false'`)
}

func pageSendsFiles(t *testing.T, browser context.Context) {
	h := newFakeHost()
	s := start(t, newUploadChannel(t), h)
	b := newVisit(t, browser, "404")
	b.scheme("light")
	b.phone()
	b.visit(s.URL)
	b.wants(`document.getElementById('files').accept`, "image/*,application/pdf,text/plain")
	b.choose(localFile(t, "The parcel.png", photo(t, 0)), localFile(t, "notes.txt", []byte("left at the door")))
	b.until(`document.querySelectorAll('.row').length === 2 && !document.querySelector('.sending, .failed')`)
	b.until(`document.querySelector('.picture img').complete && document.querySelector('.picture img').naturalWidth === 320`)
	b.wants(`document.querySelector('.picture img').alt`, "The parcel.png")
	b.wants(`document.querySelector('a.card').innerText`, "notes.txt\n16 byte")
	b.picture("phone-files")
	b.do(chromedp.Reload())
	b.until(`document.querySelectorAll('.row.mine .picture, .row.mine a.card').length === 2`)
	if n := len(h.accepted()); n != 3 { // with the start
		t.Errorf("%d events", n)
	}
	h.set(func(h *fakeHost) { clear(h.files) }) // links end
	b.do(chromedp.Reload())
	b.until(`document.querySelector('.card-text')?.innerText === 'The parcel.png\nNo longer available'`)
}

func pageTakesDroppedFiles(t *testing.T, browser context.Context) {
	h := newFakeHost()
	s := start(t, newUploadChannel(t), h)
	b := newVisit(t, browser)
	b.scheme("light")
	b.desktop()
	b.visit(s.URL)
	event := func(kind, name string) string {
		return fmt.Sprintf(`(() => {
			const data = new DataTransfer();
			data.items.add(new File(['%s'], '%s.txt', { type: 'text/plain' }));
			const target = document.getElementById('text');
			const e = '%s' === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
				: new DragEvent('%s', { dataTransfer: data, bubbles: true, cancelable: true });
			return target.dispatchEvent(e);
		})()`, name, name, kind, kind)
	}
	b.wants(event("dragenter", "dropped"), "true")
	b.wants(event("dragover", "dropped"), "false") // the page takes it, the browser does not open it
	b.until(`!document.getElementById('drop').hidden`)
	b.picture("desktop-drop")
	b.wants(event("drop", "dropped"), "false")
	b.wants(`document.getElementById('drop').hidden`, "true")
	b.shows("dropped.txt")
	b.wants(event("paste", "pasted"), "false")
	b.shows("pasted.txt")
	b.until(`document.querySelectorAll('.row').length === 2 && !document.querySelector('.sending, .failed')`)
}

func pageRefusesFiles(t *testing.T, browser context.Context) {
	h := newFakeHost()
	s := start(t, newUploadChannel(t), h)
	b := newVisit(t, browser, "415")
	b.scheme("light")
	b.phone()
	b.visit(s.URL)
	b.choose(localFile(t, "page.html", []byte("<p>")), localFile(t, "drawing.svg", []byte("<svg/>")),
		localFile(t, "large.png", photo(t, 1_000_001)), localFile(t, "nothing.txt", nil))
	b.until(`document.getElementById('notice').innerText`)
	b.wants(`document.getElementById('notice').innerText`, "page.html: Files of this type can't be sent.\ndrawing.svg: Files of this type can't be sent.\n"+
		"large.png: The file is larger than 1 MB.\nnothing.txt: The file is empty.")
	b.picture("phone-refused")
	b.wants(`document.querySelectorAll('.row').length`, "0")
	b.choose(localFile(t, "archive.png", []byte("PK\x03\x04"))) // only the server sees what it is
	b.until(`document.querySelector('.failed .meta')?.innerText === "Files of this type can't be sent."`)
	if n := len(h.accepted()); n != 1 {
		t.Errorf("%d events", n)
	}
}

// pageShowsProgress sends more than fits into what lies between the page and a
// server that does not read on.
func pageShowsProgress(t *testing.T, browser context.Context) {
	h := newFakeHost()
	ch := newListedChannel(t, map[string]string{"upload_size": "100", "title": "Acme support"}, map[string][]string{"uploads": {"image/*"}})
	chat := mount(ch, h)
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r.Body, 10_000_000), endless{release}), r.Body}
		}
		chat.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) })
	b := newVisit(t, browser)
	b.scheme("light")
	b.phone()
	b.visit(s.URL)
	b.choose(localFile(t, "large.png", photo(t, 40_000_000)))
	b.until(`document.querySelector('progress')?.value > 0.2`)
	b.wants(`document.querySelector('progress').getAttribute('aria-label')`, "large.png")
	b.until(`/^Uploading, [1-9]\d%Cancel$/.test(document.querySelector('.meta').innerText.replace(/\s*\n\s*/g, ''))`)
	b.picture("phone-upload")
	b.write("meanwhile") // a large file holds no words up
	b.until(`document.querySelectorAll('.mine').length === 2 && document.querySelector('.mine:not(.sending)')`)
	b.do(chromedp.Click(chromedp.CSS(".meta button")))
	b.until(`document.querySelectorAll('.row').length === 1`)
	b.wants(`document.activeElement.id`, "text")
	b.write("later")
	b.until(`document.querySelectorAll('.row').length === 2 && !document.querySelector('.sending')`)
	for _, e := range h.accepted() {
		if len(e.Media) > 0 {
			t.Error("a file that was called back was sent")
		}
	}
}

// endless is a body that does not go on, until it breaks.
type endless struct{ release chan struct{} }

func (e endless) Read([]byte) (int, error) {
	<-e.release
	return 0, io.ErrUnexpectedEOF
}

// pageRepeatsUploads breaks the connection in the middle of a file, and then once
// it was kept but before the answer.
func pageRepeatsUploads(t *testing.T, browser context.Context) {
	h := newFakeHost()
	chat := mount(newUploadChannel(t), h)
	var attempts atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			chat.ServeHTTP(w, r)
			return
		}
		switch attempts.Add(1) {
		case 1:
			_, _ = io.CopyN(io.Discard, r.Body, 100_000)
			panic(http.ErrAbortHandler)
		case 2:
			chat.ServeHTTP(discard{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		chat.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	b := newVisit(t, browser, "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_CONNECTION_ABORTED")
	b.scheme("light")
	b.phone()
	b.visit(s.URL)
	b.choose(localFile(t, "large.png", photo(t, 900_000)))
	b.until(`document.querySelector('.row.mine a.picture img') && !document.querySelector('.sending, .failed')`)
	b.wants(`document.querySelectorAll('.row').length`, "1")
	if n := attempts.Load(); n < 2 {
		t.Errorf("%d attempts", n)
	}
	files := 0
	for _, e := range h.accepted() {
		files += len(e.Media)
	}
	if files != 1 {
		t.Errorf("the file was taken %d times", files)
	}
}
