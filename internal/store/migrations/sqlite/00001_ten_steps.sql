-- +goose Up
create table meta (
	name  text primary key,
	value text not null
);

create table users (
	id            text primary key,
	email         text not null,
	email_key     text not null unique,
	name          text not null,
	language      text not null,
	password_hash text not null,
	suspended     boolean not null,
	deleted       boolean not null,
	version       bigint not null,
	created_at    bigint not null,
	updated_at    bigint not null,
	check (email_key <> '')
);

create table accounts (
	customer_id        text primary key,
	entity             text not null,
	name               text not null,
	language           text not null,
	contact_name       text not null,
	contact_email      text not null,
	contact_key        text not null,
	sourced_name       text not null,
	sourced_email      text not null,
	sourced_contacts   text not null default '',
	former_email       text not null,
	contact_changed_at bigint not null,
	coming_name        text not null,
	coming_email       text not null,
	coming_at          bigint not null,
	state              text not null,
	state_since        bigint not null,
	reminded           bigint not null,
	imported_hash      text not null,
	imported_factor    text not null default '',
	password_hash      text not null,
	pending_email      text not null,
	owner              text references users (id),
	owner_roles        text generated always as (case when owner is not null then 'owner' end) stored,
	offer_to           text references users (id),
	offer_until        bigint not null,
	return_to          text references users (id),
	return_roles       text not null,
	return_until       bigint not null,
	reclaim_at         bigint not null,
	vetoed_at          bigint not null,
	former_state       text not null,
	former_pending     text not null,
	undo_until         bigint not null,
	closed             boolean not null,
	frozen             boolean not null,
	needs_care         boolean not null,
	version            bigint not null,
	created_at         bigint not null,
	updated_at         bigint not null,
	-- What an import last said of the account as it is in this version; it changes nothing.
	import_mark        bigint not null default 0,
	check (state in ('legacy', 'password_set', 'email_pending', 'registered')),
	check ((state = 'email_pending') = (pending_email <> '')),
	check ((state = 'registered') = (owner is not null)),
	check (state in ('legacy', 'registered') or password_hash <> ''),
	check (former_state in ('', 'legacy', 'password_set', 'email_pending')),
	check (former_state = '' or state = 'registered'),
	check (closed or state = 'registered' or contact_key <> '' or needs_care),
	check ((coming_at = 0) = (coming_email = '')),
	check (state = 'registered' or offer_to is null and return_to is null and reclaim_at = 0 and vetoed_at = 0),
	-- Whoever is the owner has a membership that says so, and by its index nobody else.
	foreign key (customer_id, owner, owner_roles) references memberships (customer_id, user_id, roles) deferrable initially deferred
);
create index accounts_by_contact on accounts (contact_key);
-- Who was reminded to the end, or cannot be, is in no range that is looked at again.
create index accounts_half_way on accounts (reminded, state_since)
	where state in ('password_set', 'email_pending') and not closed and not frozen and not needs_care;
create index accounts_pending on accounts (state_since) where state = 'email_pending' and not closed and not frozen;
create index accounts_coming on accounts (coming_at) where coming_at > 0;
create index accounts_reclaimed on accounts (reclaim_at) where reclaim_at > 0;
create index accounts_by_pending on accounts (lower(pending_email)) where pending_email <> '';
create index accounts_by_coming on accounts (lower(coming_email)) where coming_email <> '';

create table memberships (
	customer_id text not null references accounts (customer_id),
	user_id     text not null references users (id),
	roles       text not null,
	since       bigint not null,
	used_at     bigint not null,
	primary key (customer_id, user_id),
	unique (customer_id, user_id, roles),
	check (roles <> '' and (roles = 'owner' or roles not like '%owner%'))
);
create unique index memberships_one_owner on memberships (customer_id) where roles = 'owner';
create index memberships_by_use on memberships (user_id, used_at desc, customer_id);

create table contacts (
	id          text primary key,
	customer_id text not null references accounts (customer_id),
	kind        text not null,
	is_primary  boolean not null,
	name        text not null,
	email       text not null,
	email_key   text not null,
	created_at  bigint not null,
	updated_at  bigint not null,
	check (kind in ('general', 'billing', 'technical', 'security')),
	check (email_key <> ''),
	-- The primary general contact is the main contact, with its account.
	check (kind <> 'general' or not is_primary)
);
create unique index contacts_one_primary on contacts (customer_id, kind) where is_primary;
create unique index contacts_once on contacts (customer_id, kind, email_key);
create index contacts_by_email on contacts (email_key);

create table invitations (
	id          text primary key,
	customer_id text not null references accounts (customer_id),
	email       text not null,
	email_key   text not null,
	roles       text not null,
	inviter     text not null references users (id),
	language    text not null,
	created_at  bigint not null,
	expires_at  bigint not null,
	status      text not null,
	accepted_by text references users (id),
	ended_at    bigint not null,
	check (status in ('pending', 'accepted', 'revoked', 'superseded')),
	check ((status = 'accepted') = (accepted_by is not null)),
	check (email_key <> '')
);
create unique index invitations_once on invitations (customer_id, email_key) where status = 'pending';
create index invitations_by_account on invitations (customer_id, created_at);
create index invitations_by_email on invitations (email_key);

-- A request names a customer ID as it was typed: whether there is such an
-- account is found out later, so that asking does not tell.
create table access_requests (
	id          text primary key,
	customer_id text not null,
	user_id     text not null references users (id),
	origin      text not null,
	asked_at    bigint not null,
	told_at     bigint not null,
	next_at     bigint not null,
	attempts    bigint not null,
	status      text not null,
	ended_at    bigint not null,
	check (status in ('waiting', 'granted', 'declined', 'withdrawn'))
);
create unique index access_requests_once on access_requests (user_id, customer_id) where status = 'waiting';
create index access_requests_by_account on access_requests (customer_id) where status = 'waiting';
create index access_requests_untold on access_requests (next_at) where told_at = 0;
create index access_requests_by_age on access_requests (asked_at);

create table api_keys (
	id          text primary key,
	customer_id text not null references accounts (customer_id),
	name        text not null,
	hash        text not null unique,
	hint        text not null,
	scopes      text not null,
	created_by  text not null references users (id),
	created_at  bigint not null,
	used_at     bigint not null,
	ended_at    bigint not null
);
create index api_keys_by_account on api_keys (customer_id, created_at);

create table tokens (
	id         text primary key,
	hash       text not null unique,
	purpose    text not null,
	email      text not null,
	email_key  text not null,
	issued_at  bigint not null,
	expires_at bigint not null,
	check (purpose in ('reset', 'confirm', 'dispute', 'invite', 'stop', 'return', 'recover', 'veto', 'link', 'enrol'))
);

create table grants (
	token_id  text not null references tokens (id),
	subject   text not null,
	issued_at bigint not null,
	ended_at  bigint,
	ended     text not null,
	primary key (token_id, subject),
	check (ended in ('', 'spent', 'void', 'superseded')),
	check ((ended = '') = (ended_at is null))
);
create index grants_live on grants (subject) where ended_at is null;

create table sessions (
	hash        text primary key,
	kind        text not null,
	customer_id text references accounts (customer_id),
	user_id     text references users (id),
	created_at  bigint not null,
	seen_at     bigint not null,
	proven_at   bigint not null,
	expires_at  bigint not null,
	origin      text not null,
	agent       text not null,
	check (kind in ('registration', 'user')),
	check ((kind = 'registration') = (customer_id is not null)),
	check ((kind = 'user') = (user_id is not null))
);
create index sessions_by_account on sessions (customer_id) where customer_id is not null;
create index sessions_by_user on sessions (user_id) where user_id is not null;
create index sessions_by_end on sessions (expires_at);

create table reset_requests (
	id       text primary key,
	asked_at bigint not null,
	typed    text not null,
	language text not null,
	origin   text not null,
	next_at  bigint not null,
	attempts bigint not null
);

-- As with reset_requests: whether there is such an account is found out later.
create table link_requests (
	id       text primary key,
	asked_at bigint not null,
	user_id  text not null references users (id),
	typed    text not null,
	language text not null,
	origin   text not null,
	next_at  bigint not null,
	attempts bigint not null
);

create table outbox (
	id            text primary key,
	template      text not null,
	recipient     text not null,
	recipient_key text not null,
	language      text not null,
	entity        text not null,
	customer_id   text references accounts (customer_id),
	user_id       text references users (id),
	token_id      text references tokens (id),
	throttled     boolean not null,
	data          text not null,
	status        text not null,
	attempts      bigint not null,
	next_at       bigint not null,
	lease_until   bigint not null,
	lease_by      text not null,
	last_error    text not null,
	created_at    bigint not null,
	ended_at      bigint not null,
	check (status in ('queued', 'sending', 'sent', 'bounced', 'failed', 'void')),
	check (recipient_key <> '')
);
create index outbox_due on outbox (next_at, id) where status in ('queued', 'sending');
create index outbox_by_recipient on outbox (recipient_key, next_at);
create index outbox_by_account on outbox (customer_id) where customer_id is not null;

create table limits (
	name  text primary key,
	until bigint not null,
	tries bigint not null
);
create index limits_by_end on limits (until);

-- What readers of the help say, counted and without who they are.
create table help_votes (
	day      text not null,
	language text not null,
	slug     text not null,
	yes      bigint not null,
	no       bigint not null,
	primary key (day, language, slug)
);
create table help_misses (
	day      text not null,
	language text not null,
	words    text not null,
	times    bigint not null,
	primary key (day, language, words)
);

-- Who is still stuck after reading, for customer care.
create table care_requests (
	id          text primary key,
	at          bigint not null,
	slug        text not null,
	language    text not null,
	customer_id text,
	user_id     text
);
create index care_requests_by_time on care_requests (at);

-- Who works for the provider. They are no users.
create table staff (
	id            text primary key,
	email         text not null,
	email_key     text not null unique,
	name          text not null,
	language      text not null,
	role          text not null,
	password_hash text not null,
	factor        text not null,
	factor_step   bigint not null, -- of the last code that was taken; none at or before it is taken again
	disabled      boolean not null,
	version       bigint not null,
	created_at    bigint not null,
	updated_at    bigint not null,
	check (role in ('agent', 'supervisor', 'auditor', 'administrator')),
	check (email_key <> ''),
	-- Nobody has the one without the other.
	check ((password_hash = '') = (factor = ''))
);

create table staff_sessions (
	hash       text primary key,
	staff_id   text not null references staff (id),
	created_at bigint not null,
	seen_at    bigint not null,
	expires_at bigint not null,
	origin     text not null,
	agent      text not null
);
create index staff_sessions_by_staff on staff_sessions (staff_id);
create index staff_sessions_by_end on staff_sessions (expires_at);

-- What one administrator asks another one for: who is to be staff, and as what.
create table staff_wishes (
	id         text primary key,
	kind       text not null,
	staff_id   text references staff (id),
	email      text not null,
	email_key  text not null,
	name       text not null,
	language   text not null,
	role       text not null,
	asked_by   text not null references staff (id),
	asked_at   bigint not null,
	expires_at bigint not null,
	status     text not null,
	decided_by text references staff (id),
	decided_at bigint not null,
	check (kind in ('add', 'reset', 'enable', 'role')),
	check ((kind = 'add') = (staff_id is null)),
	check (status in ('waiting', 'approved', 'declined', 'withdrawn', 'void')),
	check (status not in ('approved', 'declined') or decided_by is not null and decided_by <> asked_by)
);
create unique index staff_wishes_once on staff_wishes (email_key) where status = 'waiting';

-- What only customer care can help on.
create table cases (
	id          text primary key,
	reason      text not null,
	customer_id text references accounts (customer_id),
	user_id     text references users (id), -- of a case about no account
	code        text not null,              -- of the request for help that it is about
	opened_at   bigint not null,
	opened_by   text not null,
	waiting_at  bigint not null, -- a customer waits since then; 0: nobody has come
	supervisor  boolean not null, -- it takes a supervisor
	assignee    text references staff (id),
	status      text not null,
	outcome     text not null,
	closed_at   bigint not null,
	closed_by   text not null,
	version     bigint not null,
	check (status in ('open', 'closed')),
	check ((status = 'closed') = (closed_at > 0)),
	check ((status = 'closed') = (outcome <> '')),
	check (customer_id is not null or user_id is not null)
);
create unique index cases_once on cases (customer_id, reason) where status = 'open';
create unique index cases_once_of_user on cases (user_id, reason) where status = 'open' and customer_id is null;
create index cases_by_account on cases (customer_id, opened_at);
create index cases_by_code on cases (code) where code <> '';
-- The queue: who waits longest comes first. An import may bring very many that nobody waits for.
create index cases_open on cases (waiting_at, id) where status = 'open';
create index cases_by_reason on cases (reason, waiting_at, id) where status = 'open';
create index cases_by_assignee on cases (assignee, waiting_at, id) where status = 'open' and assignee is not null;
create index cases_of_supervisors on cases (waiting_at, id) where status = 'open' and supervisor;
create index cases_closed on cases (closed_at, id) where status = 'closed';

-- What staff write for each other. It can name people, so it is in no event.
create table case_notes (
	id       text primary key,
	case_id  text not null references cases (id),
	staff_id text not null references staff (id),
	at       bigint not null,
	note     text not null
);
create index case_notes_by_case on case_notes (case_id, at);

-- What one of the staff asks for and another one decides.
create table approvals (
	id          text primary key,
	kind        text not null,
	customer_id text references accounts (customer_id),
	case_id     text references cases (id),
	asked_by    text not null references staff (id),
	asked_at    bigint not null,
	expires_at  bigint not null,
	reason      text not null,
	data        text not null,
	seen        bigint not null, -- version of the account for which it was asked
	status      text not null,
	decided_by  text references staff (id),
	decided_at  bigint not null,
	check (status in ('waiting', 'approved', 'declined', 'withdrawn', 'void')),
	check ((status = 'waiting') = (decided_at = 0)),
	-- Nobody is one's own second person, whatever the program says.
	check (status not in ('approved', 'declined') or decided_by is not null and decided_by <> asked_by)
);
create unique index approvals_once on approvals (customer_id, kind) where status = 'waiting';
create index approvals_waiting on approvals (expires_at, id) where status = 'waiting';
create index approvals_decided on approvals (decided_at, id) where status <> 'waiting';
create index approvals_by_account on approvals (customer_id, asked_at);

-- Since when a user has a number to read out to customer care. The number itself
-- is made of it and of the server's secret.
create table caller_pins (
	user_id    text primary key references users (id),
	issued_at  bigint not null,
	expires_at bigint not null
);

-- Why one of the staff looked at a whole address. It can name people, so it is in
-- no event.
create table reveals (
	id          text primary key,
	customer_id text not null references accounts (customer_id),
	staff_id    text not null references staff (id),
	at          bigint not null,
	reason      text not null
);
create index reveals_by_account on reveals (customer_id, at);

-- Names, in the words by which customer care finds them. All of it is made of
-- other tables, by a follower of the trail.
create table find_names (
	id          integer primary key,
	customer_id text,
	user_id     text,
	words       text not null,
	check ((customer_id is null) <> (user_id is null))
);
create unique index find_names_by_account on find_names (customer_id) where customer_id is not null;
create unique index find_names_by_user on find_names (user_id) where user_id is not null;

create table find_words (
	word text primary key,
	id   bigint not null
) without rowid;

-- What is left of a word after a slip: by this, words are found that are spelled alike.
create table find_near (
	near text not null,
	word text not null,
	primary key (near, word)
) without rowid;

-- Which words are in which names, by their numbers.
create table find_postings (
	word bigint not null,
	name bigint not null,
	primary key (word, name)
) without rowid;

create table events (
	seq         integer primary key autoincrement,
	at          bigint not null,
	kind        text not null,
	customer_id text,
	user_id     text,
	actor       text not null,
	origin      text not null,
	note        text not null,
	became      text not null
);
-- Events about nobody are in both, so that it takes no less time to write them.
create index events_by_account on events (customer_id, seq);
create index events_by_user on events (user_id, seq);

-- Each seal closes a stretch of the events, and counts on the one before.
create table event_seals (
	number    bigint primary key,
	after_seq bigint not null, -- the events in it come after this place,
	last_seq  bigint not null, -- up to this one
	events    bigint not null,
	digests   text not null,
	root      text not null,
	previous  text not null,   -- hash of the seal before
	hash      text not null,
	sealed_at bigint not null
);

-- How many accounts are where, day by day: what the events say, added up. The sum
-- of all days is how many are there now.
create table funnel_days (
	day     text not null,
	entity  text not null,
	stage   text not null,
	delta   bigint not null,
	entered bigint not null,
	primary key (day, entity, stage)
);

-- Of the accounts whose customers came on a day, how many got how far since.
create table funnel_starts (
	day      text not null,
	entity   text not null,
	stage    text not null,
	accounts bigint not null,
	primary key (day, entity, stage)
);

-- What their last change does not say of some accounts: whose customers came and
-- are still on the way, and which ones got their owner by a link.
create table funnel_accounts (
	customer_id text primary key,
	day         text not null, -- when the customer came; empty: nobody is on the way
	entity      text not null,
	reached     text not null,
	linked      boolean not null,
	check (linked or day <> ''),
	check ((day = '') = (reached = ''))
);
