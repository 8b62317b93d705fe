package portal_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"github.com/keyfold/keyfold/internal/web/api"
)

// withAPI is the portal with the API beside it, as the server has them.
func (w *world) withAPI() (http.Handler, error) {
	p := w.portal
	served := &api.API{
		Keys: p.Keys, Read: p.Read, Texts: p.Texts, Entities: p.Entities, PublicURL: p.Site.PublicURL, Clients: p.Clients, Log: p.Log, Now: p.Now,
	}
	programs, err := served.Handler()
	mux := http.NewServeMux()
	mux.Handle("/", p.Handler())
	mux.Handle("/api/", programs)
	return mux, err
}

var keyOnPage = regexp.MustCompile(`kf_live_[0-9A-Za-z]{43}`)

// keep writes down the API key that the page shows, as a person does once.
func (s *story) keep([]string) error {
	if s.key = keyOnPage.FindString(s.b.text()); s.key == "" {
		return errors.New("no key on the page")
	}
	return nil
}

// asks is a program with that key, somewhere on the network: asks PATH STATUS.
func (s *story) asks(a []string) (err error) {
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+a[0], nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	res, err := s.server.Client().Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	body, err := io.ReadAll(res.Body)
	if err == nil && strconv.Itoa(res.StatusCode) != a[1] {
		err = fmt.Errorf("%s: %d\n%s", a[0], res.StatusCode, body)
	}
	return err
}
