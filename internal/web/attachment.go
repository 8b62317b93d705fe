package web

import (
	"iter"
	"mime"
	"net/http"
	"time"
)

// partTime is how long a visitor may take to fetch one part of a file. The file
// as a whole may take as long as it needs.
const partTime = 30 * time.Second

// Attach answers with a file that is sent in parts while it is made, so that its
// size is no matter. An error in the first part is one of the handler; after
// that, it ends the connection.
func Attach(w http.ResponseWriter, name, kind string, parts iter.Seq2[[]byte, error]) error {
	control := http.NewResponseController(w)
	late := time.AfterFunc(partTime, func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) })
	defer late.Stop()
	begun := false
	for part, err := range parts {
		if err != nil {
			return err
		}
		if !begun {
			begun = true
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
			_ = control.SetWriteDeadline(time.Time{}) // there are tests without a connection
		}
		late.Reset(partTime)
		if _, err := w.Write(part); err != nil {
			return nil // whoever went away needs no file
		}
	}
	return nil
}
