-- A question is a row with a state (package queue), a claim (owner and lease,
-- with attempts as the fence) and a revision, which grows with every change from
-- outside. finished is when it was closed, and empty exactly while its state is
-- open; answer is the answer as it is to be shown, until it stands.
ALTER TABLE question ADD COLUMN state TEXT NOT NULL DEFAULT 'accepted';
ALTER TABLE question ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- how often this revision was claimed
ALTER TABLE question ADD COLUMN acked BOOLEAN NOT NULL DEFAULT FALSE; -- its interaction was acknowledged
ALTER TABLE question ADD COLUMN unsure BOOLEAN NOT NULL DEFAULT FALSE; -- there may be posts that are not recorded
ALTER TABLE question ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE; -- by its author, for good
ALTER TABLE question ADD COLUMN due TEXT NOT NULL DEFAULT ''; -- it is not claimed before
ALTER TABLE question ADD COLUMN edited TEXT NOT NULL DEFAULT ''; -- when it was last, as Discord writes it
ALTER TABLE question ADD COLUMN ended TEXT NOT NULL DEFAULT ''; -- why it was abandoned
-- Whoever accepted an interaction acknowledged it at once.
UPDATE question SET
  state = CASE WHEN finished <> '' THEN 'settled' WHEN answer <> '' THEN 'answered' ELSE 'accepted' END,
  tries = attempts, acked = (finished = ''), unsure = (finished = '' AND attempts > 0),
  owner = CASE WHEN finished <> '' THEN '' ELSE owner END;

-- The messages of the bot's that show answers, by the parts that they show.
CREATE TABLE post (
  message  TEXT PRIMARY KEY,
  question TEXT NOT NULL,
  channel  TEXT NOT NULL,    -- empty: the question's place
  part     INTEGER NOT NULL, -- from 0
  shows    TEXT NOT NULL,    -- a hash; empty: not known
  gone     BOOLEAN NOT NULL  -- somebody else has deleted it
);
CREATE INDEX post_question ON post (question);
INSERT INTO post (message, question, channel, part, shows, gone)
  SELECT posted, id, '', 0, '', FALSE FROM question WHERE posted <> '' ON CONFLICT (message) DO NOTHING;
DROP INDEX question_posted;
ALTER TABLE question DROP COLUMN posted;
