package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var static embed.FS

// staticPrefix is where the files are served.
const staticPrefix = "/static/"

// Assets are the style, the script and the mark of the pages. Their addresses
// carry a hash of what is in them, so that a browser may keep them for ever and
// a new version is a new address.
type Assets struct {
	urls  map[string]string // name → address
	files map[string]asset  // address → file
}

type asset struct {
	kind   string
	plain  []byte
	zipped []byte
}

// NewAssets builds the files, those of the brand among them.
func NewAssets(brand Brand) (*Assets, error) {
	a := &Assets{urls: map[string]string{}, files: map[string]asset{}}
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	for _, entry := range entries {
		content, err := static.ReadFile("static/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
		if err := a.add(entry.Name(), content); err != nil {
			return nil, err
		}
	}
	if brand.LogoFile != nil {
		if err := a.add("logo"+brand.LogoType, brand.LogoFile); err != nil {
			return nil, err
		}
	}
	if err := a.add("brand.css", brand.CSS()); err != nil {
		return nil, err
	}
	return a, a.add("mark.svg", brand.markSVG())
}

func (a *Assets) add(name string, content []byte) error {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("assets: %s: %w", name, err)
	}
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("assets: %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("assets: %s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	url := staticPrefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.urls[name] = url
	a.files[url] = asset{kind: contentType(ext), plain: content, zipped: zipped.Bytes()}
	return nil
}

const unknownType = "application/octet-stream"

func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	default:
		return unknownType
	}
}

// URL is the address of a file, like "ui.css".
func (a *Assets) URL(name string) string { return a.urls[name] }

// ServeHTTP serves the files under /static/. There is no ETag: an address never
// changes what it stands for.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	body := file.plain
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r) && len(file.zipped) < len(file.plain) {
		body = file.zipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", file.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a browser that went away is nobody's fault
	}
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		q = strings.ReplaceAll(q, " ", "")
		if strings.EqualFold(name, "gzip") && q != "q=0" && q != "q=0.0" {
			return true
		}
	}
	return false
}
