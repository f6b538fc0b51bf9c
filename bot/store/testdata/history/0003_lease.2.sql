-- A question is claimed under a lease, with attempts as the fence: whoever
-- claims it counts one up, and what an earlier claim writes is refused. A
-- finished one tells what became of it; its words, and member, a keyed hash of
-- the asker's id, are kept for as long as the operator says.
ALTER TABLE question ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN member TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN owner TEXT NOT NULL DEFAULT ''; -- the process that claimed it last
ALTER TABLE question ADD COLUMN lease TEXT NOT NULL DEFAULT ''; -- until when it is claimed
ALTER TABLE question ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN history TEXT NOT NULL DEFAULT ''; -- earlier questions that it goes on from, as JSON
ALTER TABLE question ADD COLUMN shown TEXT NOT NULL DEFAULT ''; -- the answer's text
ALTER TABLE question ADD COLUMN posted TEXT NOT NULL DEFAULT ''; -- the id of the answer's first message
ALTER TABLE question ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN mode TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN fallback TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN reason TEXT NOT NULL DEFAULT ''; -- of a refusal
ALTER TABLE question ADD COLUMN article TEXT NOT NULL DEFAULT ''; -- its slug
ALTER TABLE question ADD COLUMN sentences TEXT NOT NULL DEFAULT ''; -- that the answer quotes
ALTER TABLE question ADD COLUMN near TEXT NOT NULL DEFAULT ''; -- that stand near a refused question
ALTER TABLE question ADD COLUMN took BIGINT NOT NULL DEFAULT 0; -- milliseconds from accepted to posted
ALTER TABLE question ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
DROP INDEX question_place;
CREATE INDEX question_talk ON question (place, member, accepted);
CREATE INDEX question_open_talk ON question (place, member, accepted, id) WHERE finished = '';
CREATE INDEX question_member ON question (member) WHERE member <> '';
CREATE INDEX question_posted ON question (posted) WHERE posted <> '';
CREATE INDEX question_finished ON question (accepted, id) WHERE finished <> '';

-- Where questions were asked, with the newest of them.
CREATE TABLE place (
  place  TEXT PRIMARY KEY,
  server TEXT NOT NULL,
  last   TEXT NOT NULL,
  at     TEXT NOT NULL
);
INSERT INTO place (place, server, last, at) SELECT place, '', MAX(id), MAX(accepted) FROM question GROUP BY place;

-- How fast each member asks: the theoretical arrival time, in milliseconds
-- since 1970, of the generic cell rate algorithm (ITU-T I.371).
CREATE TABLE quota (
  member TEXT PRIMARY KEY,
  tat    BIGINT NOT NULL
);

-- What was spent in a day (UTC), by server and member.
CREATE TABLE usage (
  day               TEXT NOT NULL,
  server            TEXT NOT NULL,
  member            TEXT NOT NULL,
  calls             BIGINT NOT NULL,
  prompt_tokens     BIGINT NOT NULL,
  cached_tokens     BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  PRIMARY KEY (day, server, member)
);
CREATE INDEX usage_member ON usage (member);

-- Answers of a model, kept for those who ask the same.
CREATE TABLE answer (
  key   TEXT PRIMARY KEY,
  body  TEXT NOT NULL,
  until TEXT NOT NULL
);

-- The times from which each of a second's requests to Discord may be used
-- again, in milliseconds since 1970, for all processes of one bot.
CREATE TABLE slot (
  bot  TEXT NOT NULL,
  n    INTEGER NOT NULL,
  free BIGINT NOT NULL,
  PRIMARY KEY (bot, n)
);
