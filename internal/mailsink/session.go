package mailsink

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A Moment is a point in the talk between client and server.
type Moment int

// The moments. Data is after the whole mail has come.
const (
	AtMail Moment = iota + 1
	AtRcpt
	AtData
)

// An Answer is what the script has the sink do. The zero Answer accepts.
type Answer struct {
	at       Moment
	code     int
	enhanced [3]int
	text     string
	hangUp   bool
	keep     bool
	stall    bool
}

// Accept takes the mail.
func Accept() Answer { return Answer{} }

// Reply refuses with a code of the 400s or 500s. After a 421 the sink hangs up.
func Reply(at Moment, code int, enhanced [3]int, text string) Answer {
	return Answer{at: at, code: code, enhanced: enhanced, text: text}
}

// CloseBeforeReply hangs up without a word, and without the mail.
func CloseBeforeReply(at Moment) Answer { return Answer{at: at, hangUp: true} }

// CloseAfterDot keeps the mail and hangs up before it says so.
func CloseAfterDot() Answer { return Answer{at: AtData, hangUp: true, keep: true} }

// Stall says nothing more, until the sink closes.
func Stall(at Moment) Answer { return Answer{at: at, stall: true} }

// A session is one connection.
type session struct {
	sink   *Sink
	conn   *smtp.Conn
	authed bool
	from   string
	rcpts  []string
	asked  Envelope
	answer Answer // to the mail as a whole, at AtData
}

func (s *Sink) open(c *smtp.Conn) (smtp.Session, error) {
	opened := &session{sink: s, conn: c}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[opened] = struct{}{}
	s.dials++
	return opened, nil
}

// Logout is called when the connection ends.
func (s *session) Logout() error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	delete(s.sink.sessions, s)
	return nil
}

// Reset forgets the mail under way.
func (s *session) Reset() { s.from, s.rcpts, s.asked, s.answer = "", nil, Envelope{}, Answer{} }

// Mail begins a mail.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if s.sink.options.User != "" && !s.authed {
		return smtp.ErrAuthRequired
	}
	if s.from != "" { // many servers are as strict
		return &smtp.SMTPError{Code: 503, EnhancedCode: [3]int{5, 5, 1}, Message: "The mail before has not ended"}
	}
	if err := s.act(s.sink.ask(""), AtMail); err != nil {
		return err
	}
	s.from, s.asked = from, Envelope{ID: o.EnvelopeID, HeadOnly: o.Return == smtp.DSNReturnHeaders}
	return nil
}

// Rcpt adds a mailbox. The answer of the last one decides about the mail.
func (s *session) Rcpt(to string, o *smtp.RcptOptions) error {
	answer := s.sink.ask(to)
	if err := s.act(answer, AtRcpt); err != nil {
		return err
	}
	s.rcpts, s.answer = append(s.rcpts, to), answer
	s.asked.Original, s.asked.Notify = o.OriginalRecipient, len(o.Notify)
	return nil
}

// Data takes the mail itself, and keeps it when the script has nothing against
// it.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	refused := s.answer.at == AtData && !s.answer.keep
	if !refused {
		mails := make([]Mail, len(s.rcpts))
		for i, to := range s.rcpts {
			mails[i] = parse(raw)
			mails[i].From, mails[i].To, mails[i].Envelope = s.from, to, s.asked
			mails[i].Received, mails[i].Unanswered = s.sink.options.Now(), s.answer.at == AtData && s.answer.hangUp
		}
		s.sink.keep(mails)
	}
	return s.act(s.answer, AtData)
}

var errHungUp = errors.New("hung up")

// act does what the script says, when now is its moment.
func (s *session) act(a Answer, now Moment) error {
	switch {
	case a.at != now:
		return nil
	case a.stall:
		<-s.sink.done
		return errHungUp
	case a.hangUp:
		s.hangUp("")
		return errHungUp
	case a.code == 421:
		s.hangUp(fmt.Sprintf("421 %d.%d.%d %s\r\n", a.enhanced[0], a.enhanced[1], a.enhanced[2], a.text))
		return errHungUp
	}
	return &smtp.SMTPError{Code: a.code, EnhancedCode: a.enhanced, Message: a.text}
}

// hangUp says the last words, if any, and closes the connection.
func (s *session) hangUp(words string) {
	if words != "" {
		_, _ = io.WriteString(s.conn.Conn(), words)
	}
	_ = s.conn.Conn().Close()
}

// AuthMechanisms is empty when the sink asks for no login.
func (s *session) AuthMechanisms() []string {
	if s.sink.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth checks the login.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		o := s.sink.options
		same := subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(o.User+"\x00"+o.Password))
		if same != 1 {
			return smtp.ErrAuthFailed
		}
		s.authed = true
		return nil
	}), nil
}
