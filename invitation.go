package keyfold

// An InvitationStatus is where an invitation stands.
type InvitationStatus string

// The ways of an invitation.
const (
	Invited    InvitationStatus = "pending"
	Accepted   InvitationStatus = "accepted"
	Revoked    InvitationStatus = "revoked"
	Superseded InvitationStatus = "superseded" // its time was over, and a newer one took its place
)
