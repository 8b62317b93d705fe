package api

import (
	"net/http"

	"github.com/keyfold/keyfold/internal/web"
)

// Fail answers a request with an error, for errors that no test can bring about.
func (a *API) Fail(w http.ResponseWriter, r *http.Request, err error) {
	a.fail(w, r, web.Failure{Err: err, Status: http.StatusInternalServerError})
}
