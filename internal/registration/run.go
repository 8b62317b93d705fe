package registration

import (
	"context"
	"log/slog"
	"time"
)

// Run answers the requests of step 1 until ctx ends. bell says that one has
// come; without it they are looked for every poll.
func (s *Service) Run(ctx context.Context, log *slog.Logger, bell <-chan struct{}, poll time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-timer.C:
		}
		if err := s.AnswerRequests(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "requests cannot be answered", "error", err)
		}
		timer.Reset(poll)
	}
}
