-- Questions, from when they were accepted. What was asked and answered is kept
-- only while a question is open; afterwards the row says that it was seen.
CREATE TABLE question (
  id       TEXT PRIMARY KEY,
  place    TEXT NOT NULL,
  event    TEXT NOT NULL,
  answer   TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  accepted TEXT NOT NULL,
  finished TEXT NOT NULL -- empty while it is open
);
CREATE INDEX question_open ON question (accepted) WHERE finished = '';
CREATE INDEX question_place ON question (place, accepted);
