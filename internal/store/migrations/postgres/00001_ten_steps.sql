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
	former_email       text not null,
	contact_changed_at bigint not null,
	state              text not null,
	imported_hash      text not null,
	password_hash      text not null,
	pending_email      text not null,
	owner              text references users (id),
	former_state       text not null,
	former_pending     text not null,
	undo_until         bigint not null,
	closed             boolean not null,
	frozen             boolean not null,
	needs_care         boolean not null,
	version            bigint not null,
	created_at         bigint not null,
	updated_at         bigint not null,
	check (state in ('legacy', 'password_set', 'email_pending', 'registered')),
	check ((state = 'email_pending') = (pending_email <> '')),
	check ((state = 'registered') = (owner is not null)),
	check (state in ('legacy', 'registered') or password_hash <> ''),
	check (former_state in ('', 'legacy', 'password_set', 'email_pending')),
	check (former_state = '' or state = 'registered'),
	check (closed or state = 'registered' or contact_key <> '' or needs_care)
);
create index accounts_by_contact on accounts (contact_key) where contact_key <> '';

create table memberships (
	customer_id text not null references accounts (customer_id),
	user_id     text not null references users (id),
	role        text not null,
	since       bigint not null,
	used_at     bigint not null,
	primary key (customer_id, user_id, role),
	check (role in ('owner', 'admin', 'technical', 'finance', 'abuse'))
);
create unique index memberships_one_owner on memberships (customer_id) where role = 'owner';
create index memberships_by_user on memberships (user_id);

create table tokens (
	id         text primary key,
	hash       text not null unique,
	purpose    text not null,
	email      text not null,
	email_key  text not null,
	issued_at  bigint not null,
	expires_at bigint not null,
	check (purpose in ('reset', 'confirm', 'dispute'))
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
	origin   text not null
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
	check (status in ('queued', 'sending', 'sent', 'failed', 'void')),
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

create table events (
	seq         bigint generated always as identity primary key,
	at          bigint not null,
	kind        text not null,
	customer_id text,
	user_id     text,
	actor       text not null,
	origin      text not null,
	note        text not null
);
-- Events about nobody are in both, so that it takes no less time to write them.
create index events_by_account on events (customer_id, seq);
create index events_by_user on events (user_id, seq);
