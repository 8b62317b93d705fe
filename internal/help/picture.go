package help

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/keyfold/keyfold"
)

// A Picture is a screenshot in one language, on light and perhaps on dark ground.
type Picture struct {
	Name          string
	Width, Height int    // as shown
	Light, Dark   string // names of files; Dark may be empty
	sums          sums   // of their contents, as far as they are known
}

// sums are those of a picture on light and on dark ground.
type sums struct{ light, dark string }

// PictureSum stands for the content of a picture in its address.
func PictureSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

// PicturePath is where the files of pictures are served: with the language and
// the name of the file after it.
const PicturePath = "/static/help/"

// density is how many dots of a screenshot make one of a page: they are made
// for sharp screens.
const density = 2

// maxSide is longer than the longest page of a screenshot.
const maxSide = 20_000

// pictureFile is shots/en/login.light.png.
var pictureFile = regexp.MustCompile(`^([a-z0-9-]+)\.(light|dark)\.(png|webp)$`)

// readPictures finds the pictures of a language in a source. Those that are there
// already are replaced.
func readPictures(files fs.FS, lang keyfold.Language, into map[string]Picture) []Fault {
	folder := path.Join("shots", lang.String())
	entries, err := fs.ReadDir(files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []Fault{{Kind: Broken, File: folder, Text: err.Error()}}
	}
	var faults []Fault
	known := notesOf(files)
	fresh := map[string]bool{}
	for _, e := range entries { // dark comes before light
		m := pictureFile.FindStringSubmatch(e.Name())
		if m == nil {
			faults = append(faults, Fault{Kind: Wrong, File: path.Join(folder, e.Name()), Text: "a picture is called NAME.light.png or NAME.dark.png (or .webp)"})
			continue
		}
		p := into[m[1]]
		if !fresh[m[1]] {
			p, fresh[m[1]] = Picture{Name: m[1]}, true
		}
		if m[2] == "dark" {
			p.Dark = e.Name()
		} else {
			p.Light = e.Name()
			if n, ok := known[lang.String()+"/"+m[1]]; ok {
				p.Width, p.Height, p.sums = n.width, n.height, n.sums
			} else if p.Width, p.Height, err = sizeOf(files, path.Join(folder, e.Name())); err != nil {
				faults = append(faults, Fault{Kind: Wrong, File: path.Join(folder, e.Name()), Text: err.Error()})
				continue
			}
		}
		into[m[1]] = p
	}
	for name, p := range into {
		if p.Light == "" {
			delete(into, name)
			faults = append(faults, Fault{Kind: Wrong, File: path.Join(folder, p.Dark), Text: "there is no picture on light ground beside it"})
		}
	}
	return faults
}

// A note is what is known of a picture without looking at it.
type note struct {
	sums

	width, height int
}

// notesOf are those that whoever made the pictures has written beside them, so
// that none of them has to be looked at, and in memory, before somebody reads its
// article. A line is: en/login, the sum of the page, 1280x1120, and the sums of
// the pictures on light and on dark ground.
func notesOf(files fs.FS) map[string]note {
	list, err := fs.ReadFile(files, path.Join("shots", "made.txt"))
	if err != nil {
		return nil
	}
	notes := map[string]note{}
	for line := range strings.Lines(string(list)) {
		var key, sum string
		var n note
		read, _ := fmt.Sscanf(line, "%s %s %dx%d %s %s", &key, &sum, &n.width, &n.height, &n.light, &n.dark)
		if read >= 4 && n.width >= density && n.height >= density && n.width <= maxSide && n.height <= maxSide {
			n.width, n.height = n.width/density, n.height/density
			notes[key] = n
		}
	}
	return notes
}

// sizeOf reads no more of a file than its beginning.
func sizeOf(files fs.FS, name string) (w, h int, err error) {
	f, err := files.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head := make([]byte, 64)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, 0, fmt.Errorf("it cannot be read: %w", err)
	}
	head = head[:n]
	switch {
	case strings.HasSuffix(name, ".webp"):
		w, h = webpSize(head)
	case len(head) > 24 && string(head[1:4]) == "PNG":
		w, h = int(binary.BigEndian.Uint32(head[16:])), int(binary.BigEndian.Uint32(head[20:]))
	}
	if w < density || h < density || w > maxSide || h > maxSide {
		return 0, 0, errors.New("it is not a picture that we can show")
	}
	return w / density, h / density, nil
}

// webpSize reads the three heads that a WebP can have: of a photograph, of one
// without loss, and of one with more to it.
func webpSize(b []byte) (w, h int) {
	if len(b) < 30 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" {
		return 0, 0
	}
	le := func(at, n int) (v int) {
		for i := n - 1; i >= 0; i-- {
			v = v<<8 | int(b[at+i])
		}
		return v
	}
	switch string(b[12:16]) {
	case "VP8 ":
		return le(26, 2) & 0x3fff, le(28, 2) & 0x3fff
	case "VP8L":
		bits := le(21, 4)
		return bits&0x3fff + 1, bits>>14&0x3fff + 1
	case "VP8X":
		return le(24, 3) + 1, le(27, 3) + 1
	}
	return 0, 0
}

// picture reports whether an image stays: a screenshot that is there. The text
// reads well without it.
func (p *press) picture(n *ast.Image) bool {
	name, ok := strings.CutPrefix(string(n.Destination), "shot:")
	switch {
	case !ok:
		p.fault(Wrong, p.lineOf(n), "pictures are screenshots: write ![what it shows](shot:NAME)")
		return false
	case !n.HasChildren():
		p.fault(Wrong, p.lineOf(n), "the picture %s does not say what it shows. Write it between the square brackets", name)
	}
	p.Article.pictures = append(p.Article.pictures, name)
	if _, ok := p.pictures[name]; !ok {
		p.fault(Note, p.lineOf(n), "there is no picture %s in %s", name, p.Language)
		return false
	}
	return true
}

var shot = regexp.MustCompile(`<img src="shot:([^"]*)" alt="([^"]*)"[^>]*>`)

// withPictures puts the pictures in, each on the ground that the reader prefers.
func (p *press) withPictures(page string) string {
	return shot.ReplaceAllStringFunc(page, func(tag string) string {
		m := shot.FindStringSubmatch(tag)
		pic := p.pictures[m[1]]
		at := func(file, sum string) string {
			if sum != "" { // a browser may keep it for ever
				file += "?" + url.Values{"v": {sum}}.Encode()
			}
			return html.EscapeString(PicturePath + p.Language.String() + "/" + file)
		}
		var out strings.Builder
		out.WriteString("<picture>")
		if pic.Dark != "" {
			fmt.Fprintf(&out, `<source media="(prefers-color-scheme: dark)" srcset="%s">`, at(pic.Dark, pic.sums.dark))
		}
		fmt.Fprintf(&out, `<img class="shot" src="%s" width="%d" height="%d" loading="lazy" alt="%s"></picture>`, at(pic.Light, pic.sums.light), pic.Width, pic.Height, m[2])
		return out.String()
	})
}
