-- SPDX-License-Identifier: MIT
-- People, what programs log in with, and who did what; what packages are made
-- for, and what upgrades end by.

-- Somebody else than who has changed a firmware last, see below, must start it.
ALTER TABLE projects ADD COLUMN needs_approval BIGINT NOT NULL DEFAULT 0;
ALTER TABLE firmware ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
-- Made elsewhere: one that no longer fits is kept, for it cannot be made here.
ALTER TABLE packages ADD COLUMN is_uploaded BIGINT NOT NULL DEFAULT 0;
-- How often it was to be made: work for an earlier order is for nothing.
ALTER TABLE packages ADD COLUMN orders BIGINT NOT NULL DEFAULT 1;

CREATE TABLE users (
  id @ID@,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,          -- Argon2id, encoded
  role TEXT NOT NULL,                   -- viewer, operator, admin
  is_disabled BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);

ALTER TABLE firmware ADD COLUMN changed_by BIGINT REFERENCES users (id);

-- Secrets are kept as SHA-256 only: they are random, and too long to be tried.
CREATE TABLE sessions (
  secret_hash TEXT PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tokens (
  id @ID@,
  name TEXT NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  user_id BIGINT REFERENCES users (id), -- whose it is: it ends with him
  created_at BIGINT NOT NULL,
  used_at BIGINT
);

-- Who may make the first admin: there is a row until somebody has.
CREATE TABLE setup (
  secret_hash TEXT NOT NULL
);

CREATE TABLE audit (
  id @ID@,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT
);
CREATE INDEX audit_at ON audit (at);

-- Of an upgrade: requests for its package, those of them for its first byte, and
-- how often its last has arrived.
ALTER TABLE upgrades ADD COLUMN asked BIGINT NOT NULL DEFAULT 1;
ALTER TABLE upgrades ADD COLUMN begun BIGINT NOT NULL DEFAULT 1;
ALTER TABLE upgrades ADD COLUMN sent BIGINT NOT NULL DEFAULT 0;

-- Failures before it was resumed do not pause a roll-out again.
ALTER TABLE firmware ADD COLUMN resumed_at BIGINT;

-- Orders versions, as firmware.version_rank does; nothing while none is known.
ALTER TABLE devices ADD COLUMN version_rank BIGINT;
