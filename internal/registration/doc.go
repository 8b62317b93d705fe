// Package registration is the way from a customer ID to an owner: the ten
// steps. Each step is one method, and each method is one transaction. What a
// user does once there is one (log in by email, see accounts) is not its
// business, but for the reset of a user's password: one mail can carry both.
package registration
