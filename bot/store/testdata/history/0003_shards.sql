-- What the processes that share the bot's gateway have agreed on; one row.
CREATE TABLE gateway (
  id          INTEGER PRIMARY KEY, -- 1
  shards      INTEGER NOT NULL,    -- how many there are; 0: not agreed yet
  self_id     TEXT NOT NULL,       -- who the bot is; empty: not known yet
  self_name   TEXT NOT NULL,
  application TEXT NOT NULL
);
-- The processes that take part, each for as long as it says so.
CREATE TABLE gateway_process (
  id     TEXT PRIMARY KEY,
  joined TEXT NOT NULL,
  until  TEXT NOT NULL
);
-- The shards: who holds each, and the session that it had last. One whose
-- holder no longer takes part is free.
CREATE TABLE shard (
  id       INTEGER PRIMARY KEY,
  holder   TEXT NOT NULL,   -- a process, or empty
  fence    BIGINT NOT NULL, -- grows when the holder changes
  session  TEXT NOT NULL,   -- empty: none to resume
  sequence BIGINT NOT NULL,
  url      TEXT NOT NULL
);
-- When the last IDENTIFY of each of Discord's buckets was due.
CREATE TABLE shard_identify (
  bucket INTEGER PRIMARY KEY,
  at     TEXT NOT NULL
);
