package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"liftoff/internal/page"
)

// asset is a file that never changes under its name.
type asset struct {
	name string
	body compressed
}

func newAsset(name, ending string, body []byte) asset {
	sum := sha256.Sum256(body)
	const letters = 6
	return asset{name: name + "." + hex.EncodeToString(sum[:letters]) + ending, body: compress(body)}
}

// sendAsset sends the style sheet or its font.
func (s *Site) sendAsset(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("file") {
	case s.styles.name:
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		s.styles.body.send(w, r, "text/css; charset=utf-8")
	case page.FontFile:
		w.Header().Set("Cache-Control", "public, max-age=604800")
		compressed{plain: page.Font}.send(w, r, "font/woff2")
	case page.FontLicenceFile:
		w.Header().Set("Cache-Control", "public, max-age=604800")
		compress(page.FontLicence).send(w, r, "text/plain; charset=utf-8")
	default:
		s.showNotFound(w, r)
	}
}

// sendIcon answers browsers that ask for an icon without being told of one.
func (s *Site) sendIcon(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNoContent)
}
