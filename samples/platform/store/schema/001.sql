-- SPDX-License-Identifier: MIT
-- Projects, firmware, devices and what became of them.
--
-- Times are seconds since 1970, truth is 0 or 1, digests are 64 hex digits.

-- What one customer or product line owns. Modules name it by its key.
CREATE TABLE projects (
  id @ID@,
  name TEXT NOT NULL UNIQUE,
  project_key TEXT NOT NULL UNIQUE,
  product TEXT,                         -- that packages must be for
  public_key TEXT,                      -- that packages must be signed for, PEM
  area_size BIGINT NOT NULL,            -- bytes that modules have for a package
  ram BIGINT NOT NULL DEFAULT 16384,    -- and of memory for their patcher
  is_in_place BIGINT NOT NULL DEFAULT 0, -- they have one slot, not two;
  scratch_size BIGINT NOT NULL DEFAULT 65536, -- a scratch area beside it
  block_size BIGINT NOT NULL DEFAULT 4096,    -- and erase blocks of both
  hour_count BIGINT NOT NULL DEFAULT 6, -- the request that forbids, in a window
  hour_seconds BIGINT NOT NULL DEFAULT 3600,
  day_count BIGINT NOT NULL DEFAULT 10,
  day_seconds BIGINT NOT NULL DEFAULT 86400,
  created_at BIGINT NOT NULL
);

-- Images of a version, one for each part: bases, and what packages lead to.
CREATE TABLE images (
  project_id BIGINT NOT NULL REFERENCES projects (id),
  firmware_name TEXT NOT NULL,
  version TEXT NOT NULL,
  part BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  size BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, firmware_name, version, part)
);

-- A version that devices are to get, and its roll-out.
CREATE TABLE firmware (
  id @ID@,
  project_id BIGINT NOT NULL REFERENCES projects (id),
  firmware_name TEXT NOT NULL,
  version TEXT NOT NULL,
  version_rank BIGINT NOT NULL,         -- orders versions
  core_generation BIGINT,               -- that a device's core must be of
  is_whole BIGINT NOT NULL,             -- for all, else those in targets
  state TEXT NOT NULL,                  -- draft, running, paused, aborted
  pause_reason TEXT,
  percent BIGINT NOT NULL DEFAULT 100,
  hourly_rate BIGINT,                   -- upgrades begun in an hour
  day_from BIGINT,                      -- window, seconds of the day in UTC
  day_to BIGINT,
  starts_at BIGINT,
  ends_at BIGINT,
  is_held BIGINT NOT NULL DEFAULT 0,    -- until all packages are ready
  fail_percent BIGINT,                  -- pauses by itself beyond that,
  fail_least BIGINT NOT NULL DEFAULT 5, -- and so many failures
  created_at BIGINT NOT NULL,
  UNIQUE (project_id, firmware_name, version)
);
CREATE INDEX firmware_choice
  ON firmware (project_id, firmware_name, state, version_rank);

CREATE TABLE targets (
  identity TEXT NOT NULL,
  firmware_id BIGINT NOT NULL REFERENCES firmware (id),
  PRIMARY KEY (identity, firmware_id)
);
CREATE INDEX targets_firmware ON targets (firmware_id);

-- A package for each base; from_version is empty when it needs none.
CREATE TABLE packages (
  id @ID@,
  firmware_id BIGINT NOT NULL REFERENCES firmware (id),
  from_version TEXT NOT NULL,
  state TEXT NOT NULL,                  -- waiting, building, ready, failed
  sha256 TEXT,
  size BIGINT,
  url TEXT,                             -- of a copy elsewhere
  reason TEXT,
  worked_at BIGINT,                     -- who makes it was heard of
  created_at BIGINT NOT NULL,
  UNIQUE (firmware_id, from_version)
);
CREATE INDEX packages_state ON packages (state, id);
CREATE INDEX packages_sha256 ON packages (sha256);

CREATE TABLE devices (
  id @ID@,
  project_id BIGINT NOT NULL REFERENCES projects (id),
  identity TEXT NOT NULL UNIQUE,        -- imei, mac or uid
  identity_kind TEXT NOT NULL,
  firmware_name TEXT NOT NULL,
  version TEXT NOT NULL,
  core_version TEXT,
  is_reporting BIGINT NOT NULL DEFAULT 0, -- it has sent results
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  forbidden_at BIGINT,
  counted_from BIGINT NOT NULL DEFAULT 0, -- id of the last request that does not
  is_after_success BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX devices_project ON devices (project_id, id);
CREATE INDEX devices_forbidden ON devices (project_id, forbidden_at);

-- Every request of a device, and its answer: 0 or a code.
CREATE TABLE requests (
  id @ID@,
  device_id BIGINT NOT NULL REFERENCES devices (id),
  at BIGINT NOT NULL,
  version TEXT NOT NULL,
  code BIGINT NOT NULL,
  is_counted BIGINT NOT NULL,
  range_from BIGINT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX requests_device ON requests (device_id, at);
CREATE INDEX requests_at ON requests (at);

-- An attempt of a device to get to a version.
CREATE TABLE upgrades (
  id @ID@,
  device_id BIGINT NOT NULL REFERENCES devices (id),
  project_id BIGINT NOT NULL REFERENCES projects (id), -- the firmware's
  firmware_id BIGINT NOT NULL REFERENCES firmware (id),
  package_id BIGINT NOT NULL REFERENCES packages (id),
  sha256 TEXT NOT NULL,                 -- of the package as it was then
  size BIGINT NOT NULL,
  from_version TEXT NOT NULL,
  state TEXT NOT NULL,                  -- running, done, failed
  is_reported BIGINT NOT NULL DEFAULT 0, -- the device said so; else concluded
  phase TEXT,
  reason TEXT,
  started_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX upgrades_device ON upgrades (device_id, id);
CREATE INDEX upgrades_firmware ON upgrades (firmware_id, started_at);
CREATE INDEX upgrades_state ON upgrades (firmware_id, state, updated_at);
CREATE INDEX upgrades_list ON upgrades (firmware_id, id);
CREATE INDEX upgrades_project ON upgrades (project_id, id);
CREATE INDEX upgrades_counts ON upgrades (project_id, state, is_reported);
CREATE INDEX upgrades_days ON upgrades (project_id, updated_at, state);
